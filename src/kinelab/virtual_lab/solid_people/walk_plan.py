"""The constants of one walk: where each foot lands, how high the pelvis rides, how the swing joins on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.solid_people import leg_plane
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.leg_plane import FootRoll
from kinelab.virtual_lab.solid_people.normal_gait import (
    NORMAL_SERIES,
    NORMAL_STEP_PER_HEIGHT,
    Series,
    evaluate,
)
from kinelab.virtual_lab.solid_people.upper_body import pelvis_path
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle

_GRID = 96  # phases a stride on which the pelvis' height is planned
_HEIGHT_HARMONICS = 8
_MIN_KNEE = np.radians(3.0)  # no leg is ever straighter, so the inverse solution stays smooth
_SOFT_KNEE = np.radians(0.5)
# Loss of swing flexion: one smooth dip centred on peak knee flexion, 0.73 of the stride, harmonics 0 to 6.
_SWING_DIP = np.exp(-(((np.arange(64) / 64 - 0.73) / 0.11) ** 2))
_SWING_BUMP = -np.fft.rfft(_SWING_DIP)[: NORMAL_SERIES.shape[1]] / 64
_CLEARANCE_M = 0.012  # least toe clearance in mid-swing (Winter 1992: 1.3 cm)


@dataclass(frozen=True, eq=False)
class LegPlan:
    """One leg's constants. sign +1 right, -1 left; lands_at the share of the right stride where it lands.

    heel_ahead_m: heel before the mid-hip's mean place at initial contact; line_z_m: lateral place of the
    heel; toe_out rad; curves (3, H + 1) this person's thigh, knee, ankle series, rad. swing_ends (2, 2, 4):
    what to add to the curves (thigh, knee, ankle, toes) at [toe-off, landing], [value, slope per stride].
    """

    letter: str
    sign: float
    lands_at: float
    roll: FootRoll
    toe_out: float
    line_z_m: float
    curves: Series
    heel_ahead_m: float = 0.0
    swing_ends: Array | None = None


@dataclass(frozen=True, eq=False)
class WalkPlan:
    """Both legs and the Fourier series of the pelvis' height (H + 1,)."""

    style: WalkStyle
    body: Body
    legs: tuple[LegPlan, LegPlan]
    height_series: Series

    def pelvis_height_m(self, cycle: Array) -> Array:
        """Height of the mid-hip, (T,) m."""
        return evaluate(self.height_series, cycle)


def plan_walk(style: WalkStyle, body: Body) -> WalkPlan:
    """Solve the constants of a walk.

    The pelvis' height follows the leg that landed last, with the person's normal knee curve; each foot lands
    where the height that its knee asks for equals the height that the other leg leaves (one scalar equation
    a leg). The height is then smoothed to a few harmonics and lowered until no leg is over-stretched, and
    the legs' angles follow from the feet: what is bent a little is the normal curve, never the contact.
    """
    landings = (0.0, 0.5 + style.timing_asymmetry)
    curves = _personal_curves(style, body)
    drafts = tuple(_draft_leg(style, s, landings[i], curves) for i, s in enumerate("rl"))
    legs = [replace(leg, heel_ahead_m=_landing_place(style, body, drafts, i)) for i, leg in enumerate(drafts)]
    plan = WalkPlan(style, body, (legs[0], legs[1]), _height_series(style, body, legs))
    legs = [replace(leg, swing_ends=_swing_ends(plan, leg)) for leg in legs]
    return replace(plan, legs=(legs[0], legs[1]))


def leg_angles(
    plan: WalkPlan, leg: LegPlan, cycle: Array, pelvis: Array, mid_hip_m: Array
) -> tuple[Array, Array]:
    """Angles of a leg in its plane, and the plane.

    cycle (T,), pelvis (T, 3, 3) to ground, mid_hip_m (T, 3). Returns (4, T) rad: thigh against the vertical
    of the plane, knee, ankle, toes; and axes (T, 3, 3) whose columns are along the foot, up, and across.
    """
    stride = np.floor(cycle - leg.lands_at)
    phase = cycle - leg.lands_at - stride
    toe_off = leg.roll.toe_off
    share = np.clip((phase - toe_off) / (1 - toe_off), 0, 1)
    length = plan.style.stride_length_m
    anchor_x = (stride + leg.lands_at + _smooth(share)) * length + leg.heel_ahead_m
    hip = mid_hip_m + pelvis @ np.array([0.0, 0.0, leg.sign * plan.body.hip_half_width_m])
    along, across = _floor_axes(leg)
    offset = hip - np.stack([anchor_x, np.zeros_like(anchor_x), np.full_like(anchor_x, leg.line_z_m)], axis=1)
    hip_s, lateral = offset @ along, offset @ across
    hip_h = np.hypot(lateral, hip[:, 1])
    up = (lateral[:, None] * across + hip[:, 1:2] * np.array([0.0, 1.0, 0.0])) / hip_h[:, None]
    along_t = np.broadcast_to(along, up.shape)
    axes = np.stack([along_t, up, np.cross(along_t, up)], axis=-1)
    stance = _stance_angles(plan.body, leg, np.minimum(phase, toe_off), hip_s, hip_h)
    swing = _swing_angles(leg, np.maximum(phase, toe_off))
    swing = _clear_floor(plan.body, swing, hip_h, share)
    return np.where(phase <= toe_off, stance, swing), axes


def _personal_curves(style: WalkStyle, body: Body) -> Series:
    """Normal series of thigh, knee and ankle (rad) with the person's own offsets, scaled by step length."""
    series = np.deg2rad(1.0) * NORMAL_SERIES
    extra = np.radians(np.array(style.offsets_deg)).reshape(3, 3, 2)
    series[:, 1:4] += (extra[:, :, 0] - 1j * extra[:, :, 1]) / 2
    share = style.stride_length_m / 2 / (NORMAL_STEP_PER_HEIGHT * body.height_m)
    series[0] *= np.clip(share, 0.3, 1.3)
    series[1] *= np.clip(share, 0.4, 1.1) ** 0.4
    curves: Series = series
    return curves


def _draft_leg(style: WalkStyle, letter: str, lands_at: float, curves: Series) -> LegPlan:
    sign = 1.0 if letter == "r" else -1.0
    roll = FootRoll(
        strike_pitch=np.radians(style.foot_strike_deg),
        off_pitch=-np.radians(style.foot_off_deg),
        flat_from=0.09,
        heel_off=0.5 * style.stance_share,
        toe_off=style.stance_share,
    )
    own = curves.copy()
    loss = np.radians(style.knee_loss_deg[0 if letter == "r" else 1])
    own[1] += loss * _SWING_BUMP
    return LegPlan(
        letter, sign, lands_at, roll, sign * np.radians(style.toe_out_deg), sign * style.step_width_m / 2, own
    )


def _hip_over_foot(style: WalkStyle, body: Body, leg: LegPlan, phase: Array) -> tuple[Array, Array, Array]:
    """Hip of the stance leg for heel_ahead_m = 0: (s, lateral, height above the mid-hip), each (T,) m."""
    cycle = leg.lands_at + phase
    pelvis = pelvis_path(style, cycle)
    hip = pelvis.position_m + pelvis.rotation @ np.array([0.0, 0.0, leg.sign * body.hip_half_width_m])
    offset = hip * np.array([1.0, 0.0, 1.0])
    offset -= np.array([leg.lands_at * style.stride_length_m, 0.0, leg.line_z_m])
    along, across = _floor_axes(leg)
    return offset @ along, offset @ across, hip[:, 1]


def _height_for_knee(
    style: WalkStyle, body: Body, leg: LegPlan, phase: Array, knee: Array, heel_ahead_m: Array
) -> Array:
    """Height of the mid-hip at which the stance leg has this knee flexion, m.

    phase, knee (T,); heel_ahead_m broadcasts against them.
    """
    hip_s, lateral, above = _hip_over_foot(style, body, leg, phase)
    along, across = _floor_axes(leg)
    hip_s = hip_s - heel_ahead_m * along[0]
    lateral = lateral - heel_ahead_m * across[0]
    ankle_s, ankle_h = leg_plane.ankle_on_floor(body, leg.roll.pitch(phase))
    length = leg_plane.leg_length(body, knee)
    # A foot placed out of reach asks for a very low pelvis; the floor under the root keeps it finite.
    hip_h = ankle_h + np.sqrt(np.maximum(length**2 - (hip_s - ankle_s) ** 2, 1e-4))
    height: Array = np.sqrt(np.maximum(hip_h**2 - lateral**2, 1e-4)) - above
    return height


def _landing_place(style: WalkStyle, body: Body, legs: tuple[LegPlan, ...], which: int) -> float:
    """Heel before the mid-hip at initial contact, m: where landing and leaving heights agree."""
    leg, other = legs[which], legs[1 - which]
    phase = np.array([[0.0], [(other.lands_at - leg.lands_at) % 1.0]])
    knee = np.maximum(evaluate(leg.curves[1], phase.ravel()), _MIN_KNEE)
    trial = np.linspace(-0.1, 0.55, 66) * style.stride_length_m
    heights = np.stack(
        [_height_for_knee(style, body, leg, phase[i], knee[i : i + 1], trial) for i in range(2)]
    )
    difference = heights[0] - heights[1]  # falls as the foot is placed further ahead
    best = int(np.argmin(np.abs(difference)))
    low, high = max(best - 1, 0), min(best + 1, trial.size - 1)
    return float(np.interp(0.0, difference[low : high + 1][::-1], trial[low : high + 1][::-1]))


def _height_series(style: WalkStyle, body: Body, legs: list[LegPlan]) -> Series:
    """Fourier series of the mid-hip's height over the right foot's stride, (H + 1,) m."""
    cycle = np.arange(_GRID) / _GRID
    height = np.zeros(_GRID)
    for i, leg in enumerate(legs):
        phase = (cycle - leg.lands_at) % 1.0
        leading = phase < (legs[1 - i].lands_at - leg.lands_at) % 1.0
        knee = np.maximum(evaluate(leg.curves[1], phase), _MIN_KNEE)
        stance = np.minimum(phase, leg.roll.toe_off)
        asked = _height_for_knee(style, body, leg, stance, knee, np.array(leg.heel_ahead_m))
        height = np.where(leading, asked, height)
    series = np.fft.rfft(height)[: _HEIGHT_HARMONICS + 1] / _GRID
    excess = 0.0
    for leg in legs:
        phase = np.linspace(0.0, leg.roll.toe_off, _GRID)
        knee = np.full(_GRID, _MIN_KNEE)
        most = _height_for_knee(style, body, leg, phase, knee, np.array(leg.heel_ahead_m))
        excess = max(excess, float((evaluate(series, leg.lands_at + phase) - most).max()))
    series[0] -= excess
    smooth: Series = series
    return smooth


def _stance_angles(body: Body, leg: LegPlan, phase: Array, hip_s: Array, hip_h: Array) -> Array:
    """Thigh, knee, ankle and toes of a leg whose foot is on the floor, (4, T) rad."""
    pitch = leg.roll.pitch(phase)
    ankle_s, ankle_h = leg_plane.ankle_on_floor(body, pitch)
    thigh, knee = leg_plane.reach_angles(body, ankle_s - hip_s, hip_h - ankle_h)
    return np.stack([thigh, knee, pitch - thigh + knee, leg_plane.toes_pitch(pitch) - pitch])


def _swing_ends(plan: WalkPlan, leg: LegPlan) -> Array:
    """What joins the normal curves to the contacts at toe-off and at landing; see `LegPlan.swing_ends`."""
    step = 1e-4
    toe_off = leg.roll.toe_off
    phase = np.array([toe_off - step, toe_off, 0.0, step])
    hip_s, lateral, above = _hip_over_foot(plan.style, plan.body, leg, phase)
    along, across = _floor_axes(leg)
    hip_y = plan.pelvis_height_m(leg.lands_at + phase) + above
    hip_h = np.hypot(lateral - leg.heel_ahead_m * across[0], hip_y)
    stance = _stance_angles(plan.body, leg, phase, hip_s - leg.heel_ahead_m * along[0], hip_h)
    gap = stance - _with_toes(leg, phase)
    ends = [[gap[:, 1], (gap[:, 1] - gap[:, 0]) / step], [gap[:, 2], (gap[:, 3] - gap[:, 2]) / step]]
    values: Array = np.array(ends)
    # Half the speed is lost in the landing: the heel arrives moving and stops, as a real one does.
    values[1, 1] *= 0.5
    return values


def _swing_angles(leg: LegPlan, phase: Array) -> Array:
    """Thigh, knee, ankle and toes in swing: the person's curves, joined to both contacts, (4, T) rad."""
    assert leg.swing_ends is not None
    toe_off = leg.roll.toe_off
    share = (phase - toe_off) / (1 - toe_off)
    start, stop = leg.swing_ends
    # What is missing at each end is made up in its own half, so that mid-swing is the person's own curve.
    leaving, arriving = _smooth(np.clip(1 - share / 0.6, 0, 1)), _smooth(np.clip(share / 0.6 - 2 / 3, 0, 1))
    joined = start[0][:, None] * leaving + stop[0][:, None] * arriving
    # Differences of speed die out within a tenth of a stride, so that they do not bend the whole swing.
    span = 0.12
    after, before = np.clip((phase - toe_off) / span, 0, 1), np.clip((1 - phase) / span, 0, 1)
    joined += span * start[1][:, None] * after * (1 - after) ** 2
    joined -= span * stop[1][:, None] * before * (1 - before) ** 2
    angles: Array = _with_toes(leg, phase) + joined
    # A swinging knee straightens softly, without a corner, and never bends backward.
    angles[1] = _SOFT_KNEE * np.logaddexp(0.0, angles[1] / _SOFT_KNEE)
    return angles


def _with_toes(leg: LegPlan, phase: Array) -> Array:
    return np.vstack([evaluate(leg.curves, phase), np.zeros(phase.shape)])


def _clear_floor(body: Body, angles: Array, hip_h: Array, share: Array) -> Array:
    """Raise a swinging ankle where the foot would touch the floor, (4, T) rad; share 0..1 of the swing.

    The foot keeps its pitch; thigh and knee follow by the law of cosines. Nothing changes at toe-off and
    at landing, so the joins stay smooth.
    """
    thigh, knee, ankle, toes = angles
    bump = 16 * share**2 * (1 - share) ** 2
    softness = 1e-6 + 0.004 * bump
    lack = _CLEARANCE_M * bump - leg_plane.foot_heights(body, angles, hip_h).min(axis=0)
    raised = softness * np.logaddexp(0.0, lack / softness)
    shank = thigh - knee
    forward_m = body.thigh_m * np.sin(thigh) + body.shank_m * np.sin(shank)
    down_m = body.thigh_m * np.cos(thigh) + body.shank_m * np.cos(shank) - raised
    new_thigh, new_knee = leg_plane.reach_angles(body, forward_m, down_m)
    return np.stack([new_thigh, new_knee, ankle + shank - new_thigh + new_knee, toes])


def _floor_axes(leg: LegPlan) -> tuple[Array, Array]:
    """Unit vectors along the foot's line and across it, on the floor, each (3,)."""
    cosine, sine = np.cos(leg.toe_out), np.sin(leg.toe_out)
    return np.array([cosine, 0.0, sine]), np.array([-sine, 0.0, cosine])


def _smooth(share: Array) -> Array:
    value: Array = share * share * (3 - 2 * share)
    return value
