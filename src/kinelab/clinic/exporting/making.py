"""The export itself: from a result's files to a bundle, a DICOM file, a blurred video, tables; its sending.

Knows nothing of the store. Heavy: imported only in the child process of a worker.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinelab.clinic.review.signed_report import SIGNED_HTML
from kinelab.clinic.settings import ExchangeServer
from kinelab.clinic.work.outcome import RUN, Assignment, Outcome
from kinelab.errors import InputError
from kinelab.exchange.connection import Server, basic, bearer, read_secret
from kinelab.exchange.document import Correction, DocumentState, Identity, Signature, document_of
from kinelab.pipeline.progress import Told, progress

if TYPE_CHECKING:
    from kinelab.core.keypoints import Keypoints

FHIR_FILE, DICOM_FILE, VIDEO_FILE, RESEARCH_FILE = "bundle.json", "report.dcm", "blurred.mp4", "research.zip"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)  # of the members of an archive, so that equal tables give equal bytes


def make_export(assignment: Assignment, console: Told) -> Outcome:
    """Make one export and, where a server is named, send it. Done twice, it makes nothing twice elsewhere.

    Raises:
        KinelabError: a sentence for the user: what cannot be exported, or why the other side refused it.
    """
    folder = assignment.scratch / RUN
    folder.mkdir(exist_ok=True)
    match assignment.options["export"]:
        case "fhir":
            return _fhir(assignment, folder, console)
        case "dicom":
            return _dicom(assignment, folder, console)
        case "video":
            return _video(assignment, folder, console)
        case "research":
            return _research(assignment, folder, console)
    raise InputError(f"there is no export of the kind {assignment.options['export']!r}")


def _fhir(assignment: Assignment, folder: Path, console: Told) -> Outcome:
    from kinelab.core.kinematics import Kinematics
    from kinelab.core.strides import Strides
    from kinelab.exchange.decimal_json import to_json
    from kinelab.exchange.fhir import fhir_bundle
    from kinelab.exchange.fhir_checks import check_bundle
    from kinelab.exchange.fhir_sending import send_bundle
    from kinelab.files.native import load_as
    from kinelab.reports.reading import read_page

    run = _run_folder(assignment)
    report = read_page(run).report
    strides, kinematics = run / "strides.nc", run / "kinematics.nc"
    console.listen("writing the bundle", 0.2)
    bundle = fhir_bundle(
        report,
        load_as(Strides, strides) if strides.is_file() else None,
        load_as(Kinematics, kinematics) if kinematics.is_file() else None,
        _state(assignment),
        identity=_identity(assignment.options),
        pdf=_pdf(assignment, console),
        embed_pdf=bool(assignment.options["with_pdf"]),
    )
    check_bundle(bundle)
    (folder / FHIR_FILE).write_text(to_json(bundle) + "\n", encoding="utf-8")
    if assignment.options["server"] is None:
        return Outcome("the bundle is ready to be fetched")
    console.listen("sending", 0.7)
    sent = send_bundle(bundle, _server(assignment.options["server"]))
    said = f"sent: {sent.made} new, {sent.updated} updated, {sent.unchanged} as they were; read back, equal"
    return Outcome(said, remote_id=sent.report)


def _dicom(assignment: Assignment, folder: Path, console: Told) -> Outcome:
    from kinelab.exchange.dicom import encapsulated_pdf
    from kinelab.exchange.dicom_sending import send_dicom
    from kinelab.reports.reading import read_page

    report = read_page(_run_folder(assignment)).report
    pdf = _pdf(assignment, console)
    content = encapsulated_pdf(pdf, report, _state(assignment), identity=_identity(assignment.options))
    (folder / DICOM_FILE).write_bytes(content)
    to = assignment.options["server"]
    if to is None:
        return Outcome("the DICOM file is ready to be fetched")
    console.listen("sending", 0.7)
    stored = send_dicom(content, _server(to), way="orthanc" if to["kind"] == "orthanc" else "dicomweb")
    said = f"stored in the archive; {stored.bytes_compared} bytes of PDF read back, equal"
    return Outcome(said, remote_id=stored.instance)


def _video(assignment: Assignment, folder: Path, console: Told) -> Outcome:
    from kinelab.exchange.face_blur import blur_faces
    from kinelab.reports.reading import read_page

    people = _people(assignment.run_files)
    made = read_page(_run_folder(assignment)).report.provenance
    slow_motion = float(str(made.settings.get("slow_motion", 1.0)))
    with progress("blurring faces", people[0].time_s.size, console) as advance:
        blur_faces(
            assignment.options["video"], people, folder / VIDEO_FILE, slow_motion=slow_motion, advance=advance
        )
    return Outcome("the blurred video is ready to be fetched; look at it before you pass it on")


def _people(files: Mapping[str, Path]) -> list[Keypoints]:
    """Landmarks in px of everybody who was found; of the analysed person alone where no more is known."""
    from kinelab.core.keypoints import Keypoints
    from kinelab.files.native import load_as
    from kinelab.pipeline.people_file import load_people

    if "people.nc" in files:
        return [track.keypoints for track in load_people(files["people.nc"])]
    if "keypoints_px.nc" in files:
        return [load_as(Keypoints, files["keypoints_px.nc"])]
    raise InputError("the result has no landmarks in the picture; nobody's face can be found by them")


def _research(assignment: Assignment, folder: Path, console: Told) -> Outcome:
    from kinelab.core.strides import Strides
    from kinelab.exchange.research import ResearchSession, research_tables
    from kinelab.exchange.research_files import NO_LICENCE, write_research
    from kinelab.files.native import load_as
    from kinelab.reports.reading import read_page

    said = assignment.options
    sessions: dict[tuple[str, str], ResearchSession] = {}
    for number, one in enumerate(said["sessions"]):
        console.listen("reading results", number / len(said["sessions"]))
        run = _linked(one["files"], assignment.scratch / f"session_{number}")
        report, strides = read_page(run).report, run / "strides.nc"
        # The same recording handed in for two visits is one session.
        sessions[report.subject.id, document_of(report.provenance)] = ResearchSession(
            report, load_as(Strides, strides) if strides.is_file() else None, one["recorded"]
        )
    tables = research_tables(
        list(sessions.values()), said["key"], dates=said["dates"], suppress=said["suppress"]
    )
    out = assignment.scratch / "tables"
    written = write_research(tables, out, licence=said["licence"] or NO_LICENCE)
    _pack(written, folder / RESEARCH_FILE)
    notes = "; ".join(tables.notes)
    text = f"{len(tables.people)} people, {len(tables.sessions)} sessions"
    return Outcome(f"{text}; {notes}" if notes else text)


def _state(assignment: Assignment) -> DocumentState:
    said = assignment.options
    return DocumentState(
        said["status"], said["version"], said["issued"],
        signers=tuple(Signature(**signer) for signer in said["signers"]),
        corrections=_corrections(assignment),
    )  # fmt: skip


def _corrections(assignment: Assignment) -> tuple[Correction, ...]:
    """What people changed, in words."""
    review = assignment.options["machine_review"]
    if review is None or not assignment.corrections:
        return ()
    from kinelab.pipeline.corrections import parse_stored
    from kinelab.pipeline.review_replay import machine_of, replay
    from kinelab.pipeline.review_words import in_words

    machine = machine_of(json.loads(review.read_text(encoding="utf-8")))
    stored = parse_stored(list(assignment.corrections))
    return tuple(
        Correction(one.by, one.at.isoformat(), in_words(one.correction, replay(machine, stored[:i])))
        for i, one in enumerate(stored)
    )


def _identity(said: Mapping[str, Any]) -> Identity:
    return Identity(said["document"], said["patient"], recorded=said["recorded"])


def _server(said: Mapping[str, Any]) -> Server:
    server = ExchangeServer.model_validate(said)
    authorization = None
    if server.token_file is not None:
        authorization = bearer(read_secret(server.token_file) or "")
    elif server.password_file is not None:
        authorization = basic(read_secret(server.password_file) or "")
    return Server(
        server.url, authorization, allowed_hosts=server.allowed_hosts, timeout_s=server.timeout_s,
        ca_file=server.ca_file,
    )  # fmt: skip


def _pdf(assignment: Assignment, console: Told) -> bytes:
    """Of the page with the signature in it, where somebody has released the result."""
    from kinelab.reports.pdf import PDF_FILE, write_pdf
    from kinelab.reports.report_files import HTML_FILE

    console.listen("writing the PDF", 0.3)
    path = assignment.scratch / PDF_FILE
    page = SIGNED_HTML if SIGNED_HTML in assignment.run_files else HTML_FILE
    write_pdf(_run_folder(assignment) / page, path)
    return path.read_bytes()


def _run_folder(assignment: Assignment) -> Path:
    return _linked(assignment.run_files, assignment.scratch / "result")


def _linked(files: Mapping[str, Path], folder: Path) -> Path:
    """The files under their names, to be read only."""
    for name, path in files.items():
        place = folder / name
        if not place.is_symlink():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path.absolute())
    return folder


def _pack(files: list[Path], path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(files):
            archive.writestr(zipfile.ZipInfo(file.name, _SAME_TIME), file.read_bytes(), zipfile.ZIP_DEFLATED)
