"""Where the sensors of a recording lie, whose they are, and whether what was found in them lets one go on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kinelab.core.provenance import FileRecord
from kinelab.core.report import Finding, Level
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.session import SESSION_FILE, read_session
from kinelab.inertial.checking.check import SensorCheck
from kinelab.inertial.checking.finding import Finding as SensorFinding
from kinelab.pipeline.run_folder import fingerprint, source_record

# Findings that make every angle wrong; a calibration from standing and walking takes care of sensors that sit
# the other way up or round, unless none is made.
_FATAL = frozenset({"unit", "gravity", "scale", "rate", "order", "sides", "unread"})
_MOUNTING = frozenset({"upside_down", "turned"})
_MUCH_LOST_S, _MOST = 1.0, 8
_OTHER_COMMAND = {
    "video": "a video: kinelab analyze VIDEO",
    "markers": "markers: kinelab ik TRIAL",
}


@dataclass(frozen=True)
class SensorSource:
    """path: the file or folder to read. subject, synthetic: of the session that it belongs to."""

    path: Path
    subject: Subject
    synthetic: bool = False


def find_sensors(path: str | Path) -> SensorSource:
    """The sensors of a session folder, or the file or folder itself.

    Raises:
        InputError: no such file, or a session without worn sensors.
        FileFormatError: its session.json is damaged.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the spelling")
    above = [path, *list(path.absolute().parents)[:2]]
    home = next((folder for folder in above if (folder / SESSION_FILE).is_file()), None)
    if home is None:
        return SensorSource(path, Subject())
    session = read_session(home)
    if home != path:
        return SensorSource(path, session.subject, session.synthetic)
    names = session.paths("imu")
    if not names:
        held = [said for role, said in _OTHER_COMMAND.items() if any(f.role == role for f in session.files)]
        also = f"; it has {' and '.join(held)}" if held else ""
        raise InputError(f"the session {path} lists no recording of worn sensors (role imu){also}")
    folders = {(path / name).parent for name in names}
    if len(names) == 1:
        return SensorSource(path / names[0], session.subject, session.synthetic)
    if len(folders) > 1:
        each = ", ".join(sorted(folder.name for folder in folders))
        raise InputError(f"the session {path} has sensors in several folders ({each}); name one of them")
    return SensorSource(next(iter(folders)), session.subject, session.synthetic)


def recording_record(path: Path) -> FileRecord:
    """Name, hash and size of a file, or of all files of a folder together."""
    if path.is_file():
        return source_record(path)
    size = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return FileRecord(path.name, fingerprint(path), size)


def weigh(check: SensorCheck, *, calibrated: bool, accept: bool) -> tuple[Finding, ...]:
    """What a report says of the check's findings.

    Raises:
        InputError: a finding that would make the angles wrong, with the lines of a mapping file that correct
            it; not with `accept`.
    """
    told = [_lost([one for one in check.findings if one.kind == "gap"])]
    for one in check.findings:
        fatal = one.kind in _FATAL or (one.kind in _MOUNTING and not calibrated)
        if fatal and one.confidence != "possible" and not accept:
            if one.kind == "unread":  # of all sensors, and nothing that one could go on in spite of
                raise InputError(f"the sensors: {one.what}")
            raise InputError(
                f"{one.sensor}: {one.what}. Correct it in a mapping file (--mapping), look at all findings "
                "with `kinelab sensors check`, or go on in spite of them with --accept-findings"
                + (f". Proposed:\n{one.proposal}" if one.proposal else "")
            )
        if one.kind == "gap":
            continue
        harmless = one.kind in _MOUNTING and calibrated
        when = "" if one.start_s is None else f"{one.start_s:.2f} to {one.stop_s:.2f} s"
        if harmless:
            when = "the calibration finds how each sensor sits, so this does no harm"
        told.append(Finding("info" if harmless else "attention", f"{one.sensor}: {one.what}.", when))
    return _short([one for one in told if one is not None])


def _lost(gaps: list[SensorFinding]) -> Finding | None:
    """One sentence on all lost samples; they stay open."""
    if not gaps:
        return None
    most = max(gaps, key=lambda gap: gap.figure)
    sensors = "1 sensor" if len(gaps) == 1 else f"{len(gaps)} sensors"
    text = f"Samples of {sensors} were lost, most by {most.sensor}: {most.figure:.2f} s in all."
    level: Level = "attention" if most.figure > _MUCH_LOST_S else "info"
    return Finding(level, text, "angles that need them are left open there")


def _short(told: list[Finding]) -> tuple[Finding, ...]:
    """At most eight of them: a hundred lost packets are one sentence."""
    if len(told) <= _MOST:
        return tuple(told)
    more = f"The check of the sensors found more than this: {len(told) - _MOST} further findings."
    return (*told[:_MOST], Finding("attention", more, "all are in sensors.json"))
