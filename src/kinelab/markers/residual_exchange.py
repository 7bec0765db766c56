"""After the inverse kinematics: labels that would fit the model far better the other way round."""

from __future__ import annotations

from kinelab.core.checks import Array
from kinelab.core.report import Finding
from kinelab.signals.runs import true_runs

_BAD_M = 0.03  # RMS distance of the two from the model's places
_BETTER = 0.5  # of that RMS, exchanged
_LEAST_S = 0.05


def exchanged_residuals(
    marker_m: Array, placed_m: Array, names: tuple[str, ...], time_s: Array, rate_hz: float
) -> tuple[Finding, ...]:
    """Pairs of labels whose markers lie nearer to each other's place in the model, for 0.05 s or longer.

    marker_m, placed_m (T, K, 3) m: as measured, and where the model has them. What the label check cannot see
    (a pair that is exchanged throughout, without a static trial) shows here, as far as the model's own marker
    places are right.
    """
    findings = []
    own = ((marker_m - placed_m) ** 2).sum(axis=-1)
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            kept = own[:, i] + own[:, j]
            swapped = ((marker_m[:, i] - placed_m[:, j]) ** 2).sum(axis=-1)
            swapped = swapped + ((marker_m[:, j] - placed_m[:, i]) ** 2).sum(axis=-1)
            wrong = (kept > 2 * _BAD_M**2) & (swapped < _BETTER**2 * kept)
            runs = [run for run in true_runs(wrong) if (run[1] - run[0]) > _LEAST_S * rate_hz]
            if runs:
                frames = sum(b - a for a, b in runs)
                first, last = runs[0][0], runs[-1][1] - 1
                text = (
                    f"{names[i]} and {names[j]} fit the model better exchanged in {frames} frames between"
                    f" {time_s[first]:.2f} and {time_s[last]:.2f} s: check these labels"
                )
                findings.append(Finding("warning", text, f"frames {first} to {last}"))
    return tuple(findings)
