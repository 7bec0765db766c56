"""What Rapp et al. 2021 (J Biomech 116:110229) report: Tables 1 to 3, RMSE in deg, mean and SD of people."""

from __future__ import annotations

from typing import Literal

from kinelab.inertial.segment_motion import Activity

Step = Literal["baseline", "augmented", "optimised"]
STEPS: tuple[Step, ...] = ("baseline", "augmented", "optimised")
ANGLES = ("flexion", "adduction", "rotation")
PEOPLE: dict[Activity, int] = {"walking": 420, "running": 580}
"""How many people they had; a tenth of them for the test."""
_JOINTS = ("knee", "hip", "ankle")  # the order of their columns

# mean and SD of flexion, adduction and rotation of the knee, then the hip, then the ankle
_REPORTED = """\
walking plain baseline:
3.73 1.64  3.20 1.25  6.73 3.50  4.97 2.40  2.78 1.21  5.71 3.06  2.15 0.77  2.76 1.42  4.81 2.70
walking plain augmented:
3.80 1.68  3.22 1.36  6.58 3.79  5.02 2.49  2.86 1.30  5.75 3.13  2.20 0.77  2.90 1.45  4.62 2.72
walking plain optimised:
3.12 1.91  3.18 1.36  6.35 3.88  4.34 2.77  2.70 1.33  5.16 3.37  1.77 0.91  2.75 1.50  4.28 2.87
walking calibrated baseline:
2.27 0.47  2.23 0.76  3.53 0.82  2.37 0.59  2.02 0.74  2.79 0.73  1.37 0.30  1.56 0.38  2.40 0.50
walking calibrated augmented:
2.17 0.57  2.20 0.86  3.12 0.73  2.27 0.56  2.10 0.83  2.61 0.73  1.40 0.31  1.57 0.46  2.02 0.49
walking calibrated optimised:
0.97 0.38  2.16 0.85  2.75 0.66  0.67 0.37  1.88 0.89  1.42 0.71  0.72 0.28  1.32 0.51  1.30 0.62
running plain baseline:
4.25 1.76  4.12 2.01  6.51 3.90  5.08 2.72  3.33 1.46  5.36 2.57  2.75 1.16  2.92 1.69  4.62 2.70
running plain augmented:
4.08 1.83  4.22 2.17  6.62 3.84  5.09 2.76  3.24 1.46  5.17 2.70  2.67 1.11  3.15 1.83  4.53 2.65
running plain optimised:
3.21 2.10  4.16 2.20  6.55 3.88  4.31 3.08  2.98 1.46  4.59 2.90  2.13 1.28  3.00 1.90  4.51 2.73
running calibrated baseline:
2.84 0.69  2.63 0.91  3.43 0.96  2.63 0.54  2.31 0.89  2.86 0.77  1.91 0.55  1.66 0.44  2.20 0.56
running calibrated augmented:
2.60 0.58  2.59 0.96  3.46 0.93  2.42 0.55  2.25 0.97  2.54 0.69  1.76 0.45  1.85 0.52  1.92 0.55
running calibrated optimised:
1.27 0.38  2.52 0.98  3.34 1.02  0.79 0.32  1.87 0.94  1.32 0.78  0.94 0.34  1.60 0.67  1.78 1.07
walking misplaced baseline:
8.27 4.38  4.87 2.01  9.38 4.72  9.57 5.70  4.33 2.07  8.76 4.92  5.79 2.57  4.82 2.34  7.12 3.42
walking misplaced augmented:
3.87 1.69  3.35 1.43  6.77 3.85  5.13 2.41  2.82 1.26  5.91 3.25  2.32 0.78  2.98 1.48  4.70 2.66
running misplaced baseline:
7.56 4.03  5.55 2.72  8.54 3.90  7.91 4.29  4.45 1.79  6.94 3.15  6.64 3.75  5.42 2.50  7.09 3.02
running misplaced augmented:
4.23 1.78  4.26 2.18  6.59 3.63  5.14 2.72  3.37 1.56  5.39 2.69  2.82 1.24  3.28 1.88  4.60 2.67
"""
_LINES = _REPORTED.strip().split("\n")
_ROWS = {
    tuple(head.rstrip(":").split()): [float(number) for number in numbers.split()]
    for head, numbers in zip(_LINES[::2], _LINES[1::2], strict=True)
}


def published(
    activity: Activity,
    step: str,
    joint: str,
    angle: int,
    *,
    calibrated: bool = False,
    misplaced: bool = False,
) -> tuple[float, float] | None:
    """Their mean and SD over people, deg; None where they report nothing.

    angle: row of `ANGLES`. calibrated: after passive pseudo-calibration (Tables 1 and 2); misplaced: with
    test sensors turned at random (Table 3, which knows neither calibration nor optimisation).
    """
    if misplaced and calibrated:
        return None
    how = "misplaced" if misplaced else "calibrated" if calibrated else "plain"
    row = _ROWS.get((activity, how, step))
    if row is None or joint not in _JOINTS:
        return None
    at = 6 * _JOINTS.index(joint) + 2 * angle
    return row[at], row[at + 1]
