"""Whether a recording holds the gait that was wanted of it."""

from __future__ import annotations

from collections.abc import Sequence

from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.errors import GaitError


def want_strides(strides: Strides, least: int, remarks: Sequence[Finding], hint: str) -> None:
    """Raise when fewer strides than `least` were used; all files are there by now.

    remarks: what was noticed on the way, whose warnings are the reasons. hint: where the results are, and
    what to do.

    Raises:
        GaitError: with how many there are, the reasons and the hint.
    """
    used = int(strides.used.sum())
    if used >= least:
        return
    found = {0: "no whole stride", 1: "only one whole stride"}.get(used, f"only {used} whole strides")
    reasons = " ".join(remark.text for remark in remarks if remark.level == "warning")
    raise GaitError(
        f"{found} could be measured, {least} are wanted (--min-strides). {reasons} {hint}".replace("  ", " ")
    )
