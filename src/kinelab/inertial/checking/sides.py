"""Left and right exchanged: told while somebody walks, from which sensors move together.

1. Thigh, shank and foot of one leg swing together. The difference of right and left at the rhythm of strides
   has nearly the same phase in all three (within 60 degrees on 54 virtual walkers and 7 people after stroke);
   of an exchanged pair it is opposite. Mounting does not matter. Of two pairs that disagree it cannot be told
   which one is wrong.
2. While the right leg swings, the pelvis turns to the left, seen from above; gravity gives the vertical in
   the pelvis sensor's own axes. The phase differs between people (foot against pelvis 3 to 52 degrees on
   most virtual walkers, 45 to 114 after stroke), so that only what lies well on the other side is exchanged.
   In running it is another.
3. A case on the outer side of thigh or shank faces outwards, so that the swing turns about its z axis one way
   on the right and the other way on the left. On the inner side it is the other way round: this alone decides
   nothing.

Without a pelvis sensor and with cases on the front of the leg, nothing tells that ALL pairs are exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product

import numpy as np

from kinelab.core.checks import Array
from kinelab.inertial.checking.finding import Confidence, Finding, entry
from kinelab.inertial.checking.worn import Worn, half_stride_lag, phase_deg, shifted_correlation
from kinelab.signals.filters import low_pass

_TOGETHER_DEG, _STEADY = 60.0, 0.7
_PELVIS_DEG = 50.0  # by which the legs come before the pelvis, between healthy walkers and those after stroke
_UP_HZ, _SWING_HZ = 0.5, 6.0
_ONE_WAY = 0.4  # skewness of an angular velocity from which the swing has a direction
_LEG, _PELVIS, _FACING = 2.0, 1.0, 1.0  # how much each kind of evidence counts


def check_sides(worn: Worn) -> list[Finding]:
    """Pairs of sensors whose left and right are exchanged, if people walk in the recording."""
    period = worn.stride_s
    if period is None or not worn.pairs:
        return []
    rate = worn.imu.time.rate_hz
    apart = {limb: _difference(worn, limb) for limb in worn.pairs}
    legs = {(a, b): _says(*phase_deg(apart[a], apart[b], period, rate), 0.0)
            for a, b in combinations(worn.pairs, 2)}  # fmt: skip
    pelvis = _pelvis_says(worn, apart, period, rate)
    facing = {limb: _facing(worn, limb) for limb in worn.pairs if limb != "foot"}

    def score(exchanged: Mapping[str, int]) -> float:
        """Evidence for this guess: exchanged is -1 or 1 of each limb."""
        together = sum(_LEG * say * exchanged[a] * exchanged[b] for (a, b), say in legs.items())
        alone = [(_PELVIS, pelvis), (_FACING, facing)]
        return together + sum(w * say * exchanged[limb] for w, says in alone for limb, say in says.items())

    guesses = [
        dict(zip(worn.pairs, signs, strict=True)) for signs in product((1, -1), repeat=len(worn.pairs))
    ]
    guesses.sort(key=lambda guess: (-score(guess), sum(sign < 0 for sign in guess.values())))
    best, none = guesses[0], dict.fromkeys(worn.pairs, 1)
    gain = score(best) - score(none)
    wrong = [limb for limb in worn.pairs if best[limb] < 0]
    if not wrong or gain <= 0 or not _enough(wrong, legs, pelvis):
        return []
    rivals = [guess for guess in guesses[1:] if score(guess) == score(best) and guess != none]
    return [_finding(worn, wrong, rivals, legs, pelvis, facing, gain)]


def _enough(wrong: list[str], legs: Mapping[tuple[str, str], int], pelvis: Mapping[str, int]) -> bool:
    """Facing alone is no evidence: the legs must disagree among themselves, or with the pelvis."""
    return min(legs.values(), default=0) < 0 or any(pelvis.get(limb, 0) < 0 for limb in wrong)


def _difference(worn: Worn, limb: str) -> Array:
    """(T,) right minus left: how fast shank and foot turn; of the thigh, its turning forward as positive.

    Forward is the way of the swing, which is shorter and so faster than stance: told by the skewness of both
    thighs together, for a lame leg alone may swing slowly. Zero where that tells nothing.
    """
    right, left = f"{limb}_r", f"{limb}_l"
    if limb != "thigh":
        return worn.turning(right) - worn.turning(left)
    a, b = (about[:, axis] for about, axis in (_main_axis(worn, right), _main_axis(worn, left)))
    stride = round((worn.stride_s or 0.0) * worn.imu.time.rate_hz)
    lag = half_stride_lag(worn.turning(right), worn.turning(left), stride)
    b = b * (1.0 if shifted_correlation(a, b, lag) >= 0 else -1.0)
    forward = (_skewness(a) + _skewness(b)) / 2
    return (a - b) * (0.0 if abs(forward) < _ONE_WAY else float(np.sign(forward)))


def _main_axis(worn: Worn, segment: str) -> tuple[Array, int]:
    gyr = low_pass(worn.gyr(segment), worn.imu.time.rate_hz, _SWING_HZ).values
    gyr = gyr - np.median(gyr, axis=0)
    return gyr, int(np.argmax((gyr**2).sum(axis=0)))


def _skewness(values: Array) -> float:
    spread = float(values.std())
    return float((values**3).mean()) / spread**3 if spread > 1e-9 else 0.0


def _says(phase: float, steady: float, expected_deg: float) -> int:
    """1 for together, -1 for opposite, 0 for neither."""
    if steady < _STEADY:
        return 0
    off = abs((phase - expected_deg + 180) % 360 - 180)
    return 1 if off <= _TOGETHER_DEG else -1 if off >= 180 - _TOGETHER_DEG else 0


def _pelvis_says(worn: Worn, apart: Mapping[str, Array], period: float, rate: float) -> dict[str, int]:
    if "pelvis" not in worn.imu.segments:
        return {}
    up = low_pass(worn.acc("pelvis"), rate, _UP_HZ).values
    up = up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
    to_the_left = (worn.gyr("pelvis") * up).sum(axis=1)
    return {limb: _says(*phase_deg(signal, to_the_left, period, rate), _PELVIS_DEG)
            for limb, signal in apart.items()}  # fmt: skip


def _facing(worn: Worn, limb: str) -> int:
    """1 if both cases turn about z as ones on the outer side do, -1 if as on the other leg's, 0 else."""
    says = []
    for side, sign in (("r", 1), ("l", -1)):
        about, axis = _main_axis(worn, f"{limb}_{side}")
        skewness = _skewness(about[:, axis])
        if axis != 2 or abs(skewness) < _ONE_WAY:
            return 0
        says.append(sign * int(np.sign(skewness)))
    return says[0] if says[0] == says[1] else 0


def _finding(
    worn: Worn, wrong: list[str], rivals: list[dict[str, int]], legs: Mapping[tuple[str, str], int],
    pelvis: Mapping[str, int], facing: Mapping[str, int], gain: float,
) -> Finding:  # fmt: skip
    why = []
    if min(legs.values(), default=0) < 0:
        why.append("the pairs of sensors on the legs contradict each other")
    if any(pelvis.get(limb, 0) < 0 for limb in wrong):
        why.append("the pelvis turns to the wrong side while the leg swings")
    if any(facing.get(limb, 0) < 0 for limb in wrong):
        why.append("cases face as on the other leg, or sit on its inner side")
    what = f"left and right of {' and '.join(wrong)} look exchanged: {'; '.join(why)}"
    if rivals:
        others = " or of ".join(" and ".join(limb for limb in rival if rival[limb] < 0) for rival in rivals)
        what += f". As well it may be those of {others}: look which"
    confidence: Confidence = "likely" if gain >= 2 * _LEG and not rivals else "possible"
    names = [worn.name_of[f"{limb}_{side}"] for limb in wrong for side in "rl"]
    lines = [entry(worn.name_of[f"{limb}_{side}"], f'segment = "{limb}_{other}"')
             for limb in wrong for side, other in (("r", "l"), ("l", "r"))]  # fmt: skip
    return Finding(
        "sides", ", ".join(names), what, gain, "evidence", confidence, "\n".join(lines), " and ".join(wrong)
    )
