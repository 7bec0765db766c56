"""Whether projected joint centres lie inside the silhouettes of the people they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array, BoolArray
from kinelab.study.lab_truth_parts import Mark, Part, prose, table
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, inside_image, project
from kinelab.virtual_lab.drawing.picture import SIGHTS, Picture, silhouette, visible_points
from kinelab.virtual_lab.drawing.raster import draw
from kinelab.virtual_lab.images import Backdrop
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Task, rng_of
from kinelab.virtual_lab.sessions.filming import Actor
from kinelab.virtual_lab.sessions.stage import set_stage
from kinelab.virtual_lab.sessions.strangers import strangers
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of

# The pelvis' own "joint" is the middle between its spines, not the centre of a joint.
JOINTS: tuple[str, ...] = tuple(name for name in own_body().joint_names if name != "ground_pelvis")
POPULATIONS = ("adults", "children", "older_adults", "runners")
VIEWS = ("sagittal", "frontal", "oblique_right", "back")
MARK_PCT = 99.5
INSIDE, MISSED, COVERED, OUT_OF_IMAGE = range(4)
_COVERED_BY = tuple(SIGHTS.index(name) for name in ("behind_other", "behind_thing"))
_SIZE_PX = (384, 384)
# Who goes far in a picture is small in it.
_SHORT_S = {"walk": 1.0, "run": 0.7, "water_run": 1.0}
_TASKS = tuple(Task(name, duration_s=_SHORT_S.get(name)) for name in MOVEMENTS)
_WORST_TOLD = 6


@dataclass(frozen=True, eq=False)
class Seen:
    """One picture: state (J,) of each joint centre of `JOINTS`, and how far outside (J,) mm it lies, 0
    inside; mm_a_px: the size of a pixel at the person."""

    person: Person
    population: str
    movement: str
    view: str
    time_s: float
    state: NDArray[np.int8]
    outside_mm: Array
    mm_a_px: float


def part(seed: int, quick: bool) -> Part:
    """Draw people of every population in movements of the whole catalogue, half of them with company."""
    return describe(list(pictures(seed, 1 if quick else 17, 1 if quick else 4, 2 if quick else 3)))


def pictures(seed: int, people: int, movements: int, frames: int) -> Iterator[Seen]:
    """So many people of each population, movements of each, and frames of each movement in every view."""
    total = people * len(POPULATIONS)
    for number in range(total * movements):
        person, company = number // movements, number % 2 == 1
        filming = Filming(VIEWS, _SIZE_PX, 25.0, occluders=company, others=2 * company)
        population = POPULATIONS[person % len(POPULATIONS)]
        design = LabDesign(people=total, population=population, tasks=_TASKS, filming=filming, seed=seed)
        # 7 is no divisor of the number of movements: neighbours in the list are not done by one person.
        yield from seen_in_trial(design, TrialPlan(person, 0, 7 * number % len(_TASKS), 0), frames)


def seen_in_trial(design: LabDesign, plan: TrialPlan, frames: int) -> Iterator[Seen]:
    """Pictures of one trial, evenly spread over it, by every camera of its stage."""
    assert design.filming is not None
    person = person_of(design, plan.person)
    movement = perform(design, plan, person, design.filming.rate_hz)
    stage = set_stage(design.filming, movement, plan.rng(design.seed, 2))
    others = strangers(design, plan, movement, stage)
    rng = rng_of(design.seed, *vars(plan).values(), 8)
    for frame in np.unique((rng.uniform(0, 1, frames) * movement.time.n).astype(int)):
        drawn = [Actor(person, movement).at(int(frame), 0.0), *stage.things]
        drawn += [one.at(min(int(frame), one.movement.time.n - 1), 0.0) for one in others]
        centre_m = movement.placement.joint_centre_m[frame][
            [movement.mover.model.joint_names.index(name) for name in JOINTS]
        ]
        for camera in stage.cameras:
            picture = draw(camera.pinhole, drawn, nothing_behind(camera.pinhole), stage.light)
            state, outside_mm = states(picture, camera.pinhole, centre_m)
            depth_m = float(project(camera.pinhole, centre_m)[1].mean())
            yield Seen(
                person,
                design.population,
                movement.name,
                camera.name,
                float(movement.time.time_s[frame]),
                state,
                outside_mm,
                1e3 * depth_m / camera.pinhole.focal_px,
            )


def states(picture: Picture, camera: PinholeCamera, points_m: Array) -> tuple[NDArray[np.int8], Array]:
    """State (J,) of points (J, 3) m of the subject, and how far (J,) mm those missed lie off the silhouette.

    A point counts as inside where the pixel that it falls into is the subject's. It is covered, and does not
    count, where another person or a thing is drawn nearer to the camera than it.
    """
    px, depth_m = project(camera, points_m)
    in_image = inside_image(camera, px)
    column, row = np.where(in_image[:, None], np.floor(px + 0.5), 0).astype(int).T
    own = silhouette(picture)
    sight = visible_points(picture, camera, points_m)
    state = np.where(own[row, column], INSIDE, MISSED)
    state = np.where(~own[row, column] & np.isin(sight, _COVERED_BY), COVERED, state)
    state = np.where(in_image, state, OUT_OF_IMAGE).astype(np.int8)
    away_px = distance_transform_edt(~own)[row, column]
    outside_mm = np.where(state == MISSED, 1e3 * away_px * depth_m / camera.focal_px, 0.0)
    return state, np.asarray(outside_mm)


def nothing_behind(camera: PinholeCamera) -> Backdrop:
    """An empty backdrop: silhouettes do not need a place."""
    width, height = camera.size_px
    floor = np.full((height, width, 2), np.nan, np.float32)
    return Backdrop(np.zeros((height, width, 3), np.float32), floor)


def describe(seen: Sequence[Seen]) -> Part:
    """Tables by joint and by group, the worst cases, and the mark."""
    state = np.stack([one.state for one in seen])
    outside_mm = np.stack([one.outside_mm for one in seen])
    joints = [
        (name, *_counted(state[:, columns]), f"{outside_mm[:, columns].max():.0f}")
        for name, columns in _by_kind().items()
    ]
    groups = [
        (f"{kind}: {name}", int(rows.sum()), *_counted(state[rows]), f"{outside_mm[rows].max():.0f}")
        for kind, of in _GROUPS.items()
        for name, rows in _rows_by(seen, of).items()
    ]
    width, height = _SIZE_PX
    people = len({(one.population, one.person.id) for one in seen})
    text = prose(
        f"""Synthetic: {len(seen)} pictures of {width} x {height} px of {people} skinned people in
        {len({one.movement for one in seen})} kinds of movement, half of the trials with things and
        strangers about. A joint centre is inside where its pixel is the person's own. Where another
        person or a thing is drawn nearer to the camera it is covered: labelled so, and not counted.
        Furthest: from the nearest pixel of the silhouette, and a pixel is
        {np.median([one.mm_a_px for one in seen]):.0f} mm (median) at the person. Every joint of the model
        counts but the pelvis' (the middle between its spines); of subtalar and radioulnar joint it is a
        point of the axis, at the back of the heel and beside the elbow."""
    )
    heads = ("inside, %", "missed", "counted", "covered", "furthest, mm")
    parts = [
        text,
        table(("joint centre, both sides", *heads), joints),
        table(("group", "pictures", *heads), groups),
        "Furthest outside: " + "; ".join(_worst(seen, outside_mm)) + ".",
    ]
    share, missed, counted, covered = _counted(state)
    mark = Mark(
        "projected joint centres inside the silhouette, unless covered",
        f">= {MARK_PCT:g} %",
        f"{share} % of {counted} ({missed} missed, {covered} covered)",
        _share_pct(state) >= MARK_PCT,
    )
    return Part("Joint centres and silhouettes", "\n\n".join(parts), (mark,))


def _share_pct(state: NDArray[np.int8]) -> float:
    inside, missed = (state == INSIDE).sum(), (state == MISSED).sum()
    return float(100 * inside / max(inside + missed, 1))


def _counted(state: NDArray[np.int8]) -> tuple[str, int, int, int]:
    """Share inside, missed, counted, covered."""
    missed = int((state == MISSED).sum())
    counted = missed + int((state == INSIDE).sum())
    return f"{_share_pct(state):.2f}", missed, counted, int((state == COVERED).sum())


def _by_kind() -> dict[str, list[int]]:
    """Columns of `JOINTS` by joint without its side."""
    found: dict[str, list[int]] = {}
    for column, name in enumerate(JOINTS):
        found.setdefault(name.removesuffix("_r").removesuffix("_l"), []).append(column)
    return found


def _build(one: Seen) -> str:
    bmi = one.person.shape.bmi
    return "BMI under 18.5" if bmi < 18.5 else "BMI 18.5 to 30" if bmi < 30 else "BMI 30 and more"


def _clothing(one: Seen) -> str:
    return "none" if one.person.looks is None else one.person.looks.clothing


def _hair(one: Seen) -> str:
    return "none" if one.person.looks is None else one.person.looks.hair_style


_GROUPS: dict[str, Callable[[Seen], str]] = {
    "population": lambda one: one.population,
    "build": _build,
    "clothing": _clothing,
    "hair": _hair,
    "view": lambda one: one.view,
    "movement": lambda one: one.movement,
}


def _rows_by(seen: Sequence[Seen], of: Callable[[Seen], str]) -> dict[str, BoolArray]:
    names = [of(one) for one in seen]
    return {name: np.array([other == name for other in names]) for name in dict.fromkeys(names)}


def _worst(seen: Sequence[Seen], outside_mm: Array) -> list[str]:
    """The furthest misses in words, one a picture at most."""
    order = np.argsort(-outside_mm.max(axis=1), kind="stable")[:_WORST_TOLD]
    found = []
    for row in order:
        one, joint = seen[row], int(outside_mm[row].argmax())
        if outside_mm[row, joint] > 0:
            found.append(
                f"{JOINTS[joint]} of {one.person.id} ({one.population}, {_clothing(one)}), {one.movement} at "
                f"{one.time_s:.2f} s, {one.view}: {outside_mm[row, joint]:.0f} mm, "
                f"{outside_mm[row, joint] / one.mm_a_px:.1f} px"
            )
    return found or ["none"]
