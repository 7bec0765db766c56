"""Leg segments of 18 real runners by joint estimation: from running, from one standing frame, from both.

    python benchmarks/skeleton_runners.py ../shared/data/mocap/running_26 [--runners 18] [--out result.json]

Fukuchi et al., PeerJ 2017;5:e3298. Running shows pelvis, cluster and shoe markers only; the standing frame
has the epicondyles and malleoli besides. Reference, from the standing frame: shank between the mid-points of
epicondyles and malleoli; thigh from the hip centre after Harrington et al. (J Biomech 2007;40:595) to the
middle of the epicondyles. Errors are told as mean, spread and mean size over the runners, in per cent, with
those of the generic body.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.joint_estimation import EstimateSettings, estimate
from kinelab.body.model import BodyModel, Marker
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array

BONY = {
    "ASIS": "ASI", "PSIS": "PSI", "MT1": "MT1", "MT5": "MT5", "MT2": "TOE", "Heel.Top": "HEE", "TT": "TTB",
    "Knee": "KNE", "Knee.Medial": "KNM", "Ankle": "ANK", "Ankle.Medial": "ANM", "HF": "FIB", "GTR": "GTR",
}  # fmt: skip
# Markers without a counterpart: they start at this one of the own body, and may sit this far (m) from it.
LOOSE = {f"{part}.{row}.{side}": (near, 0.10) for part, near in (("Thigh", "THI"), ("Shank", "TIB"))
         for row in ("Top", "Bottom") for side in ("Lateral", "Medial")}  # fmt: skip
LOOSE |= {"Heel.Bottom": ("HEE", 0.04), "Heel.Lateral": ("HEE", 0.04)}
LEGS = ("pelvis", "hip", "knee", "ankle", "subtalar", "mtp")
FRAMES = 1500


def marked_body() -> tuple[BodyModel, dict[str, float]]:
    """The own body with the runners' markers and a stiff upper half, and the sd of the markers (m)."""
    body = own_body()
    own = dict(zip(body.marker_names, body.markers, strict=True))
    markers: list[Marker] = []
    sd_m = {"": 0.01}
    for side in "RL":
        markers += [replace(own[side + name], name=f"{side}.{theirs}") for theirs, name in BONY.items()]
        for theirs, (near, spread_m) in LOOSE.items():
            markers.append(replace(own[side + near], name=f"{side}.{theirs}"))
            sd_m[f"{side}.{theirs}"] = spread_m
    locked = [replace(one, locked=one.locked or not one.name.startswith(LEGS)) for one in body.coordinates]
    return replace(body.with_markers(markers), coordinates=tuple(locked)), sd_m


def moving(data: np.lib.npyio.NpzFile, trial: str) -> Array:
    """Markers (T, K, 3) m of a trial; decoding as the data's FORMAT.md says."""
    frames, count, _ = data[f"{trial}_shape"]
    track = np.cumsum(np.cumsum(data[f"{trial}_d2"].astype(np.int64), axis=1), axis=1)
    marker_m = track.T.reshape(frames, count, 3) / 1e4
    lost = np.unpackbits(data[f"{trial}_missbits"])[: frames * count].reshape(frames, count)
    marker_m[lost.astype(bool)] = np.nan
    return marker_m[:FRAMES]


def reference_m(seen: dict[str, Array]) -> Array:
    """Thigh and shank, mean of the sides."""
    right, left = seen["R.ASIS"], seen["L.ASIS"]
    across, back = right - left, (seen["R.PSIS"] + seen["L.PSIS"]) / 2
    width, depth = np.linalg.norm(across), np.linalg.norm((right + left) / 2 - back)
    z = across / width
    x = (right + left) / 2 - back
    x -= (x @ z) * z
    x /= np.linalg.norm(x)
    sides = []
    for side, sign in (("R", 1), ("L", -1)):
        offset = np.array([-0.24 * depth - 0.0099, -0.30 * width - 0.0109, sign * (0.33 * width + 0.0073)])
        hip = (right + left) / 2 + offset @ np.array([x, np.cross(z, x), z])
        knee, ankle = ((seen[f"{side}.{p}"] + seen[f"{side}.{p}.Medial"]) / 2 for p in ("Knee", "Ankle"))
        sides.append([np.linalg.norm(hip - knee), np.linalg.norm(knee - ankle)])
    return np.mean(sides, axis=0)


def lengths_m(model: BodyModel) -> Array:
    centre_m = forward(model, model.default_coordinates).joint_centre_m
    hip, knee, ankle = (
        centre_m[[joint.child for joint in model.joints].index(body)]
        for body in ("femur_r", "tibia_r", "talus_r")
    )
    return np.array([np.linalg.norm(hip - knee), np.linalg.norm(knee - ankle)])


def runner(file: Path, trial: str, model: BodyModel, settings: EstimateSettings) -> dict[str, Array]:
    """Errors of thigh and shank in per cent, by what was used."""
    with np.load(file, allow_pickle=True) as data:
        names = list(map(str, data["static_labels"]))
        standing_m, running_m = data["static_mm"] / 1000, moving(data, trial)
        here = [names.index(str(label)) if label in names else -1 for label in data[f"{trial}_labels"]]
    run_m = np.full((running_m.shape[0], len(names), 3), np.nan)
    for column, at in enumerate(here):
        if at >= 0:
            run_m[:, at] = running_m[:, column]
    truth_m = reference_m(dict(zip(names, standing_m, strict=True)))
    used = {"running": run_m, "standing": standing_m[None], "both": np.concatenate([run_m, standing_m[None]])}
    found = {what: estimate(model, names, marker_m, settings).model for what, marker_m in used.items()}
    return {what: 100 * (lengths_m(one) / truth_m - 1) for what, one in {**found, "generic": model}.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="shared/data/mocap/running_26")
    parser.add_argument("--runners", type=int, default=18)
    parser.add_argument("--trial", default="T35", help="speed: T25, T35, T45")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    model, sd_m = marked_body()
    settings = EstimateSettings(marker_sd_m=sd_m)
    files = sorted(options.folder.glob("RBDS*.npz"))[: options.runners]
    errors = [runner(file, options.trial, model, settings) for file in files]
    table = {}
    for what in errors[0]:
        percent = np.array([one[what] for one in errors])
        for column, segment in enumerate(("thigh", "shank")):
            one = percent[:, column]
            table[f"{what} {segment}"] = [float(one.mean()), float(one.std()), float(np.abs(one).mean())]
            mean, spread, size = table[f"{what} {segment}"]
            print(f"{what:9s} {segment}: mean {mean:+.2f} %, spread {spread:.2f}, size {size:.2f}")
    if options.out is not None:
        options.out.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
