"""One camera's video in, a folder with a report out: angles in space by the direct network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from kinelab.core.recording import Video
from kinelab.core.report import Report
from kinelab.errors import InputError
from kinelab.files.calibration import read_calibration
from kinelab.files.session import session_with
from kinelab.files.video import open_video
from kinelab.monocular.camera_sight import MonocularCamera, assumed_camera, calibrated_camera
from kinelab.monocular.motion import MonocularMotion, motion_of
from kinelab.monocular.quality import judge
from kinelab.monocular.shipped import load_network
from kinelab.pipeline.basis_file import Basis, rows_of, save_basis
from kinelab.pipeline.enough_strides import want_strides
from kinelab.pipeline.evaluate import no_events
from kinelab.pipeline.monocular_files import save_motion, save_view
from kinelab.pipeline.monocular_gait import Steps, find_agreed_steps, find_steps
from kinelab.pipeline.monocular_looks import look_at, with_lifted
from kinelab.pipeline.monocular_moved import MovedInSpace
from kinelab.pipeline.monocular_options import MonocularOptions
from kinelab.pipeline.monocular_person import Person, find_person, network_finding, network_record
from kinelab.pipeline.monocular_upright import upside_down
from kinelab.pipeline.overlay_video import Drawing, write_drawing
from kinelab.pipeline.progress import progress
from kinelab.pipeline.recorded import completed
from kinelab.pipeline.run_folder import RunFolder, source_record
from kinelab.reports.analysis import Analysis
from kinelab.reports.build import build_report
from kinelab.reports.html import Thumbnail
from kinelab.reports.report_files import REPORT_FILES, write_report
from kinelab.signals.resampling import uniform_timebase


@dataclass(frozen=True, eq=False)
class MonocularRun:
    """What was found, as the reports want it; the motion behind it, the report, the folder of all files."""

    analysis: Analysis
    motion: MonocularMotion
    report: Report
    folder: Path


def run_monocular(
    video_path: str | Path,
    out: str | Path,
    options: MonocularOptions | None = None,
    console: Console | None = None,
) -> MonocularRun:
    """Analyse one video into the folder `out`; the same call again goes on where it stopped.

    The two passes over the video are stages of the run; no more than a batch of pictures is held, and memory
    grows by some kilobytes a frame. Everything is written before a `GaitError`.

    Raises:
        VideoError: no such file, not a video, no frames. PersonError: nobody in view, or not whom was asked
            for. ModelError: a network is missing or damaged. FileFormatError, InputError: a file that was
            given cannot be used. GaitError: fewer whole strides than wanted. RunFolderError: `out` belongs to
            another run. OutputError: the disk is full.
    """
    console = console or Console(stderr=True, quiet=True)
    options = _as_recorded(options or MonocularOptions(), video_path)
    video = open_video(video_path, slow_motion=options.slow_motion)
    command = f"kinelab estimate {video.path.name} --method monocular"
    folder = RunFolder(out, source_record(video_path), command=command)
    network = load_network(options.network)
    folder.add_models(network_record(network))
    camera = _camera(video, options)
    choices = options.said()
    folder.claim()
    person = find_person(video, network, folder, options, console)
    if not person.frame_index.size:
        raise InputError(f"{video.path.name}: not one frame of it shows the person; is it the right file?")
    looks = look_at(video, person, network, folder, options, console)
    looks = with_lifted(looks, person, network, camera, folder)
    with progress("refining", looks.poses.n, console) as advance:
        motion = motion_of(
            looks, judge(looks, person.others), camera, uniform_timebase(looks.time_s),
            subject=options.subject, provenance=folder.provenance(choices, synthetic=options.synthetic),
            other=person.other, contact=options.contact, advance=advance,
        )  # fmt: skip
    problem = folder.facts.get("video_problem")
    turned = upside_down(video, person, network)
    # Lifted landmarks are better on drawn people, and on real video not: they do not make it reliable, and
    # strides of legs that are exchanged would look like a diagnosis.
    weak = network_finding(network)
    said = (*weak, *(() if turned is None else (turned,)), *person.findings)
    person = replace(person, findings=said)
    moved = _moved(motion, person, video, problem)
    steps = _steps(moved, person, options, bool(weak))
    analysis = moved.analysis(steps)
    folder.stage("results", choices, lambda: save_motion(motion, analysis, folder))
    facts = [
        f"subject: {options.subject.id}",
        "one camera: the model's landmarks, nothing was measured in space",
    ]
    folder.stage("view", {}, lambda: save_view(motion, f"Motion in {video.path.name}", facts, folder))
    if options.annotate:
        drawing = Drawing(motion.drawn, motion.kinematics, analysis.events)
        stop = int(person.frame_index[-1]) + 1 if options.quick else None
        folder.stage("overlay", {}, lambda: write_drawing(video, drawing, folder, console, stop))
    folder.stage("report", {}, lambda: _write_report(analysis, person, folder))
    # The last: a folder of an older kinelab gets it without doing the rest again.
    folder.stage("basis", {}, lambda: _save_basis(moved, steps, folder))
    if options.gait and not weak:
        hint = (
            f"The angles, the annotated video and a report of what there is are in {folder.path}. For another"
            " movement than gait use --no-gait."
        )
        want_strides(analysis.strides, options.min_strides, analysis.remarks, hint)
    return MonocularRun(analysis, motion, build_report(analysis, {}), folder.path)


def _as_recorded(options: MonocularOptions, video_path: str | Path) -> MonocularOptions:
    session = session_with(video_path)
    if session is None:
        return options
    subject = completed(options.subject, session.subject)
    return replace(options, subject=subject, synthetic=options.synthetic or session.synthetic)


def _camera(video: Video, options: MonocularOptions) -> MonocularCamera:
    """The calibrated camera that was named, or that bears the video's name, or the only one; else assumed."""
    if options.calibration is None:
        return assumed_camera(video.size_px)
    cameras = {camera.name: camera for camera in read_calibration(options.calibration)}
    wanted = options.camera or next((name for name in cameras if name == video.path.stem), None)
    if wanted is None and len(cameras) == 1:
        wanted = next(iter(cameras))
    if wanted not in cameras:
        asked = f"no camera {wanted}" if wanted else f"several cameras, none called {video.path.stem}"
        raise InputError(f"{options.calibration}: {asked}; there are {', '.join(cameras)} (--camera NAME)")
    return calibrated_camera(cameras[wanted], video.size_px)


def _moved(motion: MonocularMotion, person: Person, video: Video, problem: str | None) -> MovedInSpace:
    remarks = (*person.findings, *motion.findings)
    return MovedInSpace(motion.kinematics, motion.landmarks, motion.notes, video, problem, remarks)


def _steps(moved: MovedInSpace, person: Person, options: MonocularOptions, weak: bool) -> Steps | None:
    if not options.gait:
        return None
    if weak:
        return find_agreed_steps(moved.plane, person.other, moved.video.size_px[0])
    return find_steps(moved.plane)


def _save_basis(moved: MovedInSpace, steps: Steps | None, folder: RunFolder) -> list[str]:
    """What the analysis can be made of again; steps: None = gait was not asked for."""
    found = Steps(no_events()) if steps is None else steps
    basis = Basis(
        moved.video.path.name,
        moved.remarks,
        moved.notes,
        rows_of(found.methods),
        found.remarks,
        times_only=found.times_only,
    )
    return [save_basis(basis, folder.path)]


def _write_report(analysis: Analysis, person: Person, folder: RunFolder) -> list[str]:
    thumbnails = []
    if person.thumbnail is not None:
        thumbnails.append(Thumbnail(f"Person {person.number}, analysed here", person.thumbnail))
    report = write_report(analysis, folder.path, thumbnails=thumbnails)
    return [*REPORT_FILES, *report.figures.values()]
