"""What a virtual person is made of: round cones and ellipsoids fixed to the segments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.solid_people import bodies
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.posture import SEGMENTS, PosedBody

Point = tuple[float, float, float]
_UPPER_ARM_SHARE = bodies.UPPER_ARM / (bodies.UPPER_ARM + bodies.FOREARM)
_DARK: Colour = (0.07, 0.06, 0.06)


@dataclass(frozen=True)
class Solid:
    """The hull of two spheres (a round cone), possibly flattened, fixed to one segment.

    start, end (m, segment frame) are the spheres' centres, start_m and end_m their radii; equal centres
    make a sphere. widen = (forward, sideways) scales the shape across its axis, so that a sphere becomes an
    ellipsoid. The part of the axis before `split` (0 to 1) has `colour`, the rest `second`. pattern: 0
    plain, 1 stripes, 2 checks of `second` on the first part.
    """

    segment: str
    start: Point
    end: Point
    start_m: float
    end_m: float
    colour: Colour
    second: Colour | None = None
    split: float = 2.0
    widen: tuple[float, float] = (1.0, 1.0)
    pattern: int = 0


@dataclass(frozen=True, eq=False)
class SolidTable:
    """N solids as arrays. segment (N,); centre_m (N, 3) and to_shape (N, 3, 3): shape = to_shape (p - centre)
    with the axis along y; shape (N, 3) length and two radii; paint (N, 8) two colours, split, pattern;
    ends_m (N, 2, 3) and end_radius_m (N, 2) of enclosing spheres in the segment frame."""

    segment: IntArray
    centre_m: Array
    to_shape: Array
    shape: Array
    paint: Array
    ends_m: Array
    end_radius_m: Array


def solids_of(body: Body) -> tuple[Solid, ...]:
    """Every solid of a body, dressed by its looks."""
    return (
        *_trunk(body),
        *_head(body),
        *_leg(body, "r"),
        *_leg(body, "l"),
        *_arm(body, "r"),
        *_arm(body, "l"),
    )


def table_of(solids: tuple[Solid, ...]) -> SolidTable:
    """Solids as the arrays that the renderer reads."""
    start, end = np.array([s.start for s in solids]), np.array([s.end for s in solids])
    length = np.linalg.norm(end - start, axis=1)
    axis = np.where(length[:, None] > 1e-9, end - start, [0.0, 1.0, 0.0])
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    # Sideways stays as near to the segment's Z as the axis allows.
    side = np.where(np.abs(axis[:, 2:3]) < 0.9, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    ahead = np.cross(axis, side)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    frame = np.stack([ahead, axis, np.cross(ahead, axis)], axis=1)
    widen = np.array([(s.widen[0], 1.0, s.widen[1]) for s in solids])
    radii = np.array([(s.start_m, s.end_m) for s in solids])
    paint = [(*s.colour, *(s.second or s.colour), s.split, float(s.pattern)) for s in solids]
    return SolidTable(
        segment=np.array([SEGMENTS.index(s.segment) for s in solids]),
        centre_m=start,
        to_shape=frame / widen[:, :, None],
        shape=np.column_stack([length, radii]),
        paint=np.array(paint),
        ends_m=np.stack([start, end], axis=1),
        end_radius_m=radii * widen.max(axis=1, keepdims=True),
    )


def place(table: SolidTable, posed: PosedBody, frame: int) -> tuple[Array, Array, Array]:
    """Solids in the ground frame at one time: to_shape (N, 3, 3), centre_m (N, 3), ends_m (N, 2, 3)."""
    rotation = posed.rotation[frame, table.segment]
    origin = posed.origin_m[frame, table.segment]
    to_shape = table.to_shape @ np.swapaxes(rotation, -1, -2)
    centre = origin + (rotation @ table.centre_m[:, :, None])[:, :, 0]
    ends = origin[:, None] + table.ends_m @ np.swapaxes(rotation, -1, -2)
    return to_shape, centre, ends


def _scaled(body: Body) -> tuple[Callable[[float, float, float], Point], Callable[[float], float]]:
    """A point and a radius given as shares of the height; girth thickens radii only."""
    height, girth = body.height_m, body.looks.girth

    def at(x: float, y: float, z: float) -> Point:
        return (x * height, y * height, z * height)

    return at, lambda share: share * height * girth


def _trunk(body: Body) -> list[Solid]:
    at, r = _scaled(body)
    looks = body.looks
    width = body.width_scale
    shirt, second, pattern = looks.shirt, looks.shirt_second, looks.shirt_pattern
    shoulder = bodies.SHOULDER_HALF_WIDTH * width
    parts = [
        Solid("pelvis", at(-0.006, 0.012, 0), at(-0.006, 0.03, 0), r(0.052), r(0.052), looks.trousers,
              widen=(1.06, 1.62 * width)),
        Solid("torso", at(0, 0.034, 0), at(0.003, 0.222, 0), r(0.0490), r(0.0565), shirt, second,
              widen=(1.06, 1.68 * width), pattern=pattern),
        Solid("torso", at(-0.006, 0.235, 0), at(-0.004, 0.288, 0), r(0.046), r(0.026), shirt, second,
              widen=(1.0, 1.75 * width), pattern=pattern),
        # From armpit to armpit; this one lies across, so it stays plain.
        Solid("torso", at(-0.002, 0.258, -0.066 * width), at(-0.002, 0.258, 0.066 * width), r(0.041),
              r(0.041), shirt, widen=(1.0, 1.1)),
    ]  # fmt: skip
    for sign in (1.0, -1.0):
        end = at(0, 0.283, sign * (shoulder - 0.004))
        parts.append(Solid("torso", at(-0.006, 0.298, sign * 0.016), end, r(0.0225), r(0.030), shirt, second,
                           pattern=pattern))  # fmt: skip
    return parts


def _head(body: Body) -> list[Solid]:
    at, _ = _scaled(body)
    height = body.height_m
    looks = body.looks
    skin, hair = looks.skin, looks.hair_colour
    parts = [
        Solid("head", at(-0.004, -0.02, 0), at(0.004, 0.045, 0), 0.031 * height, 0.029 * height, skin),
        Solid("head", at(0.006, 0.094, 0), at(0.006, 0.094, 0), 0.064 * height, 0.064 * height, skin,
              widen=(0.92, 0.72)),
        # Jaw and chin.
        Solid("head", at(0.018, 0.062, 0), at(0.034, 0.044, 0), 0.032 * height, 0.020 * height, skin),
        Solid("head", at(0.050, 0.094, 0), at(0.060, 0.080, 0), 0.007 * height, 0.0105 * height, skin),
    ]  # fmt: skip
    for sign in (1.0, -1.0):
        eye = at(0.0545, 0.097, sign * 0.017)
        ear = at(-0.002, 0.085, sign * 0.045)
        parts.append(Solid("head", eye, eye, 0.0062 * height, 0.0062 * height, _DARK))
        parts.append(Solid("head", ear, ear, 0.014 * height, 0.014 * height, skin, widen=(0.8, 0.45)))
    if looks.hair:
        cap = at(-0.004, 0.106, 0)
        radius = 0.0590 * height
        parts.append(Solid("head", cap, cap, radius, radius, hair, widen=(1.0, 0.86)))
    if looks.hair == 2:
        parts.append(
            Solid("head", at(-0.034, 0.095, 0), at(-0.040, 0.012, 0), 0.036 * height, 0.026 * height, hair,
                  widen=(0.8, 1.25))
        )  # fmt: skip
    return parts


def _leg(body: Body, s: str) -> list[Solid]:
    at, r = _scaled(body)
    height = body.height_m
    looks = body.looks
    thigh, shank = body.thigh_m, body.shank_m
    sign = 1.0 if s == "r" else -1.0
    cloth = 2 * looks.leg_wear  # 1 = to the knee
    loose = 1.08 if looks.leg_wear > 0.3 else 1.0
    on_shank = max(cloth - 1, 0.0)
    calf = 0.35
    loose_shank = 1.12 if on_shank > 0.5 else 1.0
    calf_at = (-0.005 * height, -calf * shank, 0.0)
    upper = (looks.trousers, looks.skin)
    return [
        Solid(f"thigh_{s}", at(-0.016, -0.012, -0.004 * sign), at(-0.006, -0.05, 0), r(0.051), r(0.047),
              looks.trousers),
        Solid(f"thigh_{s}", (0, 0, 0), (0, -thigh, 0), r(0.047) * loose, r(0.0315) * loose, *upper,
              split=min(cloth, 0.97) if cloth < 1 else 2.0),
        Solid(f"shank_{s}", (0, 0, 0), calf_at, r(0.0305) * loose_shank, r(0.0325) * loose_shank, *upper,
              split=min(on_shank / calf, 2.0)),
        Solid(f"shank_{s}", calf_at, (0, -shank, 0), r(0.0325) * loose_shank,
              r(0.021) * (1.25 if loose_shank > 1 else 1.0), *upper,
              split=(on_shank - calf) / (1 - calf) if on_shank < 0.95 else 0.93),
        *_foot(body, s),
    ]  # fmt: skip


def _foot(body: Body, s: str) -> list[Solid]:
    """Shoe: a flat sole under a heel, an instep and toes; its sole is the landmarks' line."""
    height = body.height_m
    shoe = body.looks.shoes
    red, green, blue = shoe
    sole: Colour = (0.45 * red, 0.45 * green, 0.45 * blue)
    ahead, floor = body.ankle_ahead_m, -body.ankle_height_m
    ball = body.ball_ahead_m - ahead
    heel_r, ball_r, toe_r, thick = 0.019 * height, 0.017 * height, 0.0115 * height, 0.30
    heel = -ahead + heel_r
    return [
        # Flattened across their axis; `widen` is (up, sideways) for a part that points forward.
        Solid(f"foot_{s}", (heel, floor + heel_r * thick, 0), (ball, floor + heel_r * thick, 0), heel_r,
              heel_r, sole, widen=(thick, 1.3)),
        Solid(f"foot_{s}", (heel + 0.002, floor + heel_r + 0.004, 0), (ball, floor + ball_r, 0), heel_r,
              ball_r, shoe, widen=(1.0, 1.25)),
        Solid(f"foot_{s}", (-0.004 * height, 0.004 * height, 0), (0.6 * ball, floor + 1.35 * ball_r, 0),
              0.0225 * height, 0.0165 * height, shoe, widen=(1.0, 1.1)),
        Solid(f"toes_{s}", (0, ball_r * 0.98, 0), (body.toes_m - toe_r, toe_r, 0), ball_r, toe_r, shoe,
              widen=(0.98, 1.55)),
    ]  # fmt: skip


def _arm(body: Body, s: str) -> list[Solid]:
    _, r = _scaled(body)
    height, looks = body.height_m, body.looks
    upper = bodies.UPPER_ARM * height * body.arm_scale
    forearm = bodies.FOREARM * height * body.arm_scale
    on_upper = looks.sleeve / _UPPER_ARM_SHARE
    on_forearm = (looks.sleeve - _UPPER_ARM_SHARE) / (1 - _UPPER_ARM_SHARE)
    colours = (looks.shirt, looks.skin)
    loose = 1.1 if looks.sleeve > 0.2 else 1.0
    wrist = (0.0, -forearm - 0.012 * height, 0.0)
    fingers = (0.008 * height, -forearm - 0.066 * height, 0.0)
    return [
        Solid(f"upper_arm_{s}", (0, 0, 0), (0, -upper, 0), r(0.031) * loose, r(0.0225) * loose, *colours,
              split=on_upper if on_upper < 1 else 2.0),
        Solid(f"forearm_{s}", (0, 0, 0), (0, -forearm, 0), r(0.0225) * loose, r(0.0155), *colours,
              split=on_forearm if on_forearm < 0.95 else 0.96),
        Solid(f"forearm_{s}", wrist, fingers, 0.021 * height, 0.0125 * height, looks.skin,
              widen=(0.95, 0.55)),
        Solid(f"forearm_{s}", (0.006 * height, wrist[1], 0), (0.024 * height, wrist[1] - 0.022 * height, 0),
              0.011 * height, 0.0075 * height, looks.skin),
    ]  # fmt: skip
