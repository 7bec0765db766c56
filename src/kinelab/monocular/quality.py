"""What is wrong with the pictures of a person, and how much less their estimates are to be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.report import Finding
from kinelab.detection.boxes import iou
from kinelab.monocular.estimate import Looks
from kinelab.monocular.refine import Refined
from kinelab.monocular.refine_evidence import Evidence
from kinelab.monocular.refine_shape import stature_m

_FLAT = 6.0  # grey levels of contrast below which a crop shows nothing
_OUT = 0.02  # of the crop's side beyond the picture's edge
_CUT_SHARE = 0.10  # of a person's landmarks
_OUT_SD, _CROWD_SD = 3.0, 1.5
# The network has learnt to doubt who is cut off: in 480 pictures of virtual people held out, the lower third
# gone, it states 14.9 deg of the legs and is off by 15.4; without the lower half 13.0 and 16.8.
_CUT_SD = 1.3
_CROWD_IOU = 0.15
_TELLS = 0.05  # of the frames: what happens less often is not told
_SURE_DEG, _BRIDGE_S = 20.0, 0.2
_CHILD_M = 1.40
# Proportions do not tell. Of virtual people below 1.40 m (9 of 240 held out, 85 of 440 learnt from) a
# regression on the factors and landmarks that a network of 8 deg told finds 11 to 15 %, where it takes 3 % of
# the others for children. Angles are no worse: 7.2 deg off in children, 8.3 in grown-ups.
_NO_HEIGHT = (
    "The person's height is not given: a child is not told from a grown-up.",
    "the sizes of the model may be those of somebody much taller; give the height",
)
_MISFIT = 2.0


@dataclass(frozen=True, eq=False)
class Quality:
    """Of F looks: shown (F,) False where the crop shows nothing; outside (F, K) landmarks that would lie
    beside the picture; crowded (F,) where another person stands in the box."""

    shown: BoolArray
    outside: BoolArray
    crowded: BoolArray

    @property
    def cut(self) -> BoolArray:
        """(F,) where a part of the person is out of the picture."""
        return np.asarray(self.outside.mean(axis=1) > _CUT_SHARE)


def judge(looks: Looks, others: Sequence[tuple[IntArray, Array]]) -> Quality:
    """others: frame indices (N,) and boxes (N, 4) px of each other person."""
    size = np.array(looks.size_px)
    slack = _OUT * (looks.square[:, 2] - looks.square[:, 0])[:, None]
    px = looks.landmark_px
    beside = (px < -0.5 - slack[..., None]) | (px > size - 0.5 + slack[..., None])
    outside: BoolArray = np.logical_or.reduce(beside, axis=-1)
    crowded = np.zeros(looks.poses.n, dtype=bool)
    side = (looks.square[:, 2:] - looks.square[:, :2]) * 0.2
    box = np.concatenate([looks.square[:, :2] + side, looks.square[:, 2:] - side], axis=1)
    for index, boxes in others:
        place = {int(frame): row for row, frame in enumerate(index)}
        for i, frame in enumerate(looks.frame_index):
            row = place.get(int(frame))
            if row is not None and iou(box[i : i + 1], boxes[row : row + 1])[0, 0] > _CROWD_IOU:
                crowded[i] = True
    return Quality(looks.contrast > _FLAT, outside, crowded)


def doubted(looks: Looks, quality: Quality) -> Looks:
    """The looks with larger sd where a landmark is out of the picture or another person stands in the box."""
    poses = looks.poses
    cut = 1 + (_CUT_SD - 1) * np.clip(quality.outside.mean(axis=1) / (3 * _CUT_SHARE), 0, 1)
    frame = cut * np.where(quality.crowded, _CROWD_SD, 1.0)
    landmark = np.where(quality.outside, _OUT_SD, 1.0) * frame[:, None]
    doubt = replace(
        poses,
        sd_rad=poses.sd_rad * frame[:, None],
        view_sd_rad=poses.view_sd_rad * frame,
        landmark_sd_px=poses.landmark_sd_px * landmark,
    )
    return replace(looks, poses=doubt)


def believed(refined: Refined, evidence: Evidence, rate_hz: float) -> tuple[Array, BoolArray]:
    """Standard deviations (T, J) rad with gaps bridged, and where angles are measured rather than guessed.

    A gap of a fifth of a second is bridged, its sd growing by as much as joints move meanwhile.
    """
    told = evidence.told
    rows = np.flatnonzero(told)
    at = np.arange(evidence.n)
    sd = np.stack([np.interp(at, rows, column[rows]) for column in refined.angle_sd.T], axis=1)
    after = np.clip(np.searchsorted(rows, at), 0, rows.size - 1)
    before = np.maximum(after - 1, 0)
    gap_s = np.minimum(np.abs(rows[after] - at), np.abs(at - rows[before])) / rate_hz
    bridged = told | ((rows[after] - rows[before]) / rate_hz <= _BRIDGE_S) & (at >= rows[0]) & (
        at <= rows[-1]
    )
    sd = np.hypot(sd, np.radians(100.0) * gap_s[:, None])
    return sd, bridged[:, None] & (sd < np.radians(_SURE_DEG))


def findings(
    looks: Looks, quality: Quality, refined: Refined, evidence: Evidence, height_m: float | None
) -> tuple[Finding, ...]:
    """What a reader must know of the pictures, in words."""
    shown = quality.shown
    found = [
        _often(~shown, "warning", "The picture shows nothing (dark, covered).", "not measured there"),
        _often(quality.cut & shown, "attention", "A part of the person is out of the picture.",
               "angles of the joints that cannot be seen are guesses; their sd is larger"),
        _often(quality.crowded & shown, "attention", "Another person stands in front of or behind this one.",
               "limbs may be taken for the other's; the sd is larger there"),
        _often(np.nan_to_num(refined.misfit) > _MISFIT, "attention",
               "The body's model does not fit what was seen.", "the sd is larger there: look at the video"),
    ]  # fmt: skip
    found += [_upside_down(refined, evidence), _child(refined, evidence, height_m)]
    return tuple(one for one in found if one is not None)


def _often(where: BoolArray, level: str, text: str, consequence: str) -> Finding | None:
    if where.mean() <= _TELLS:
        return None
    kind = "warning" if where.mean() > 0.5 or level == "warning" else "attention"
    return Finding(kind, text, f"in {int(where.sum())} of {where.size} frames; {consequence}")  # type: ignore[arg-type]


def _upside_down(refined: Refined, evidence: Evidence) -> Finding | None:
    upward = -refined.motion.rotation[evidence.told][:, 1, 1]  # the pelvis' own up against the picture's
    if np.median(upward) > -0.3:
        return None
    text = "The person hangs head down: is the video upside down?"
    return Finding("warning", text, "turn the video; the networks have seen nobody so")


def _child(refined: Refined, evidence: Evidence, height_m: float | None) -> Finding | None:
    tall = height_m or stature_m(evidence.head, refined.sized.shape)
    if tall is None or tall > _CHILD_M:
        return None if height_m else Finding("info", *_NO_HEIGHT)
    said = "as given" if height_m else "estimated from proportions"
    text = f"The person is about {tall:.2f} m tall: the networks have seen few children."
    return Finding("attention", text, f"{said}; lengths and angles are less sure")
