"""All checks of one recording of worn sensors, and their findings in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinelab.errors import InputError
from kinelab.files.sensors.mapping import Mapping
from kinelab.files.sensors.reading import read_logs
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.inertial.checking.clipping import check_clipping
from kinelab.inertial.checking.drift import check_drift
from kinelab.inertial.checking.finding import Finding
from kinelab.inertial.checking.mounting import check_mounting
from kinelab.inertial.checking.sides import check_sides
from kinelab.inertial.checking.timing import check_gaps, check_timing
from kinelab.inertial.checking.units import check_units
from kinelab.inertial.checking.worn import Worn, side_by_side

_OF_ONE: tuple[Callable[[SensorLog], list[Finding]], ...] = (
    check_units, check_timing, check_gaps, check_clipping,
)  # fmt: skip
_OF_ALL: tuple[Callable[[Worn], list[Finding]], ...] = (check_mounting, check_sides, check_drift)


@dataclass(frozen=True, eq=False)
class SensorCheck:
    """What was looked at and what was found; nothing is corrected. could_compare: sensors were also compared
    with each other; walking: their strides were found, without which sides cannot be told."""

    logs: tuple[SensorLog, ...]
    findings: tuple[Finding, ...]
    could_compare: bool
    walking: bool

    @property
    def proposal(self) -> str:
        """Every proposed correction as the text of one mapping file, one entry for each sensor."""
        return merged(tuple(finding.proposal for finding in self.findings if finding.proposal))


def check_sensors(path: str | Path, mapping: Mapping | str | Path | None = None) -> SensorCheck:
    """Check a file or folder of worn sensors, with a mapping's corrections already applied.

    Raises:
        FileFormatError, InputError: it cannot be read at all (as `read_logs`).
    """
    return check_logs(read_logs(path, mapping))


def check_logs(logs: Sequence[SensorLog]) -> SensorCheck:
    """Check the sensors of one recording.

    Raises:
        InputError: no sensor.
    """
    if not logs:
        raise InputError("no sensor to check")
    findings = [finding for log in logs for check in _OF_ONE for finding in check(log)]
    try:
        worn = side_by_side(logs)
    except InputError as error:
        names = ", ".join(log.name for log in logs)
        findings.append(Finding("unread", names, f"they could not be compared: {error}", 0.0, "", "certain"))
        return SensorCheck(tuple(logs), tuple(findings), False, False)
    findings += [finding for compare in _OF_ALL for finding in compare(worn)]
    return SensorCheck(tuple(logs), tuple(findings), True, worn.stride_s is not None)


def merged(proposals: Sequence[str]) -> str:
    """Proposals as one text in which each sensor has one entry, as TOML asks for; loose lines come first."""
    loose: dict[str, None] = {}
    entries: dict[str, dict[str, None]] = {}
    for proposal in proposals:
        held = loose
        for line in proposal.splitlines():
            if line.startswith("["):
                held = entries.setdefault(line, {})
            else:
                held[line] = None
    blocks = ["\n".join(loose)] if loose else []
    blocks += ["\n".join([header, *lines]) for header, lines in entries.items()]
    return "\n\n".join(blocks) + ("\n" if blocks else "")
