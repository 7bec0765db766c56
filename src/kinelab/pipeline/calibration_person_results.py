"""The files of a calibration by a person: cameras.toml, figures, and in words what it is worth."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from kinelab.cameras.person import PersonCalibration
from kinelab.cameras.rig import distances_of
from kinelab.cameras.scene import triangulate_tracks
from kinelab.cameras.synchronise import Offsets
from kinelab.cameras.tracks import ViewTracks
from kinelab.core.report import Finding
from kinelab.files.atomic import write_text
from kinelab.files.calibration import Worth, write_calibration
from kinelab.pipeline.calibration_person_inputs import PersonOptions
from kinelab.pipeline.calibration_run import CAMERAS, SUMMARY, TEXT
from kinelab.pipeline.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class PersonRun:
    """The calibration, the landmarks in step that it rests on, the clocks, and what there is to say."""

    result: PersonCalibration
    together: ViewTracks
    offsets: Offsets | None
    findings: tuple[Finding, ...] = ()


def rests_on(options: PersonOptions) -> str:
    """A sentence on what the numbers come from."""
    lenses = (
        f"lenses of {options.intrinsics.name}"
        if options.intrinsics is not None
        else "focal lengths found with the rest, lenses taken for straight"
    )
    return (
        f"a person of {options.height_m:g} m who moved: the scale is as good as shank, thigh and trunk "
        f"tell the height (some 3 %), up is along the body (some degrees); {lenses}"
        + ("; recordings brought into step by the movement" if options.sync else "")
    )


def save(run: PersonRun, folder: RunFolder, options: PersonOptions) -> list[str]:
    """Write everything; the names of the files."""
    from kinelab.reports.figure_cameras import draw_errors, draw_rig
    from kinelab.reports.figure_style import save_figure

    cameras = run.result.cameras
    scene = triangulate_tracks(cameras, run.together)
    summary = _summary(run, scene.keypoints.n, options)
    folder.claim()
    error = float(np.nanmedian(scene.error_px))
    worth = Worth(error, adjusted=True, rests_on=rests_on(options))
    write_calibration(folder.file(CAMERAS), cameras, worth)
    figures = {"rig": draw_rig(cameras, scene.keypoints), "errors": draw_errors(cameras, scene)}
    for name, figure in figures.items():
        save_figure(figure, folder.file(f"figures/{name}.svg"))
    write_text(folder.file(SUMMARY), json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    write_text(folder.file(TEXT), _text(run, options))
    return [CAMERAS, *(f"figures/{name}.svg" for name in figures), SUMMARY, TEXT]


def _summary(run: PersonRun, frames: int, options: PersonOptions) -> dict[str, object]:
    result = run.result
    return {
        "rests_on": rests_on(options),
        "height_m": options.height_m,
        "frames": frames,
        "cameras": {
            camera.name: {
                "median_px": float(result.error_px[c]),
                "focal_px": float(camera.matrix[1, 1]),
                "focal_sd_px": float(result.sd[c, 0]),
                "turn_sd_deg": np.degrees(result.sd[c, 9:12]).tolist(),
                "place_sd_mm": (1000 * result.sd[c, 12:]).tolist(),
            }
            for c, camera in enumerate(result.cameras)
        },
        "distances_m": distances_of(result.cameras),
        "offsets": [] if run.offsets is None else run.offsets.said(),
        "offsets_applied": options.sync,
        "findings": [asdict(finding) for finding in run.findings],
    }


def _text(run: PersonRun, options: PersonOptions) -> str:
    result = run.result
    lines = [
        f"{camera.name}: error {result.error_px[c]:.2f} px in the median, focal length "
        f"{camera.matrix[1, 1]:.0f} +- {result.sd[c, 0]:.0f} px"
        for c, camera in enumerate(result.cameras)
    ]
    lines += [f"{pair}: {length:.3f} m" for pair, length in distances_of(result.cameras).items()]
    if run.offsets is not None:
        done = "brought into step" if options.sync else "not brought into step: --sync"
        lines += [f"clock of {line} ({done})" for line in run.offsets.said()[1:]]
    lines += ["", *(f"{finding.level}: {finding.text}" for finding in run.findings)]
    return "\n".join(lines) + "\n"
