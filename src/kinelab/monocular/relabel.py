"""Examples of the own body in the coordinates of another model, so that a network can learn that model.

The own body's skin markers and joint centres are carried over to the bodies that have the same name there,
then moved to where several people have them on the mean. Each person's other body is then scaled to the true
points and posed by inverse kinematics. What the labels are good for says the distance that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.joint_estimation import EstimateSettings, estimate
from kinelab.body.model import GROUND, BodyModel, Marker
from kinelab.body.model_file import save_model
from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.monocular.examples import IMAGE, Examples, Shard, write_arrays
from kinelab.monocular.head import Head
from kinelab.monocular.multistep import point_body
from kinelab.monocular.network_file import fingerprint

MODEL_FILE = "model.json"
MODEL_KEY = "model"  # of a shard's header: the fingerprint of the model that it is labelled for
WORST_MM = 20.0
_PLACING = 6  # people whose points say where the model has them
_PLACE_SD_M = (0.01, 0.003)  # in each round: how far a point may be from where it was carried
_AXIS_SD = 0.05  # of log factors: another model's bodies are of other proportions
_OFF = "off_mm"
_HOLD = 1e-7  # m2 a squared rad: enough to choose by
_LEAST_BODIES = ("pelvis", "femur_r", "femur_l", "tibia_r", "tibia_l")


@dataclass(frozen=True, eq=False)
class Relabelled:
    """examples, the model with the points that were carried over as its markers, and how well it fits:
    rms_mm (N,) root mean square distance of the points of each example, also of those that were left out.
    """

    examples: Examples
    model: BodyModel
    rms_mm: Array

    @property
    def left_out(self) -> int:
        """How many examples the model cannot follow."""
        return int((self.rms_mm > WORST_MM).sum())


def relabel(
    examples: Examples,
    model: BodyModel,
    out: str | Path,
    *,
    advance: Callable[[int], None] = lambda people: None,
) -> Relabelled:
    """Write examples with the labels of `model`, shard by shard, and out/model.json; advance: people done.

    Raises:
        InputError: examples that are not labelled for the own body, or a model without pelvis and legs of
            the own body's names, or of several bodies on ground. OutputError: the disk is full.
    """
    out = Path(out)
    _check(examples, model)
    out.mkdir(parents=True, exist_ok=True)
    placed = _placed(carried(model), examples)
    save_model(placed, out / MODEL_FILE)
    off, done = [], 0
    for shard in examples.shards:
        person = np.asarray(shard.labels["person"])
        parts, rows = [], []
        for one in np.unique(person):
            rows.append(np.flatnonzero(person == one))
            parts.append(_posed(placed, shard, rows[-1]))
            done += 1
            advance(done)
        order = np.argsort(np.concatenate(rows))
        found = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
        off.append(found.pop(_OFF))
        kept = np.flatnonzero(off[-1] <= WORST_MM)
        if kept.size:
            arrays = {name: value[kept] for name, value in {**shard.labels, **found}.items()}
            write_arrays(
                out / shard.path.name, {IMAGE: shard.images(kept.tolist()), **arrays}, shard.movements,
                synthetic=shard.header["synthetic"] == "1", more={MODEL_KEY: fingerprint(placed)},
            )  # fmt: skip
    return Relabelled(Examples(out), placed, np.concatenate(off))


def carried(model: BodyModel) -> BodyModel:
    """The model with the own body's points on the bodies that it has too, where they are in the zero pose.

    Both stand upright then, their bodies' axes alike. Points of trunk and pelvis keep their place from the
    middle between the hips, all others from where their body begins.
    """
    own = point_body()
    here, there = (forward(one, np.zeros(len(one.coordinates))) for one in (own, model))
    middle = [
        np.mean([placed.position_m[one.body_index(f"femur_{side}")] for side in "rl"], axis=0)
        for one, placed in ((own, here), (model, there))
    ]
    markers = []
    for i, marker in enumerate(own.markers):
        if marker.body not in model.body_names:
            continue
        from_hips = marker.body in ("pelvis", "torso", "head")
        body = model.body_index(marker.body)
        begins = here.position_m[own.body_index(marker.body)]
        start, target = middle if from_hips else (begins, there.position_m[body])
        spot_m = target + here.marker_m[i] - start
        local_m = there.rotation[body].T @ (spot_m - there.position_m[body])
        markers.append(replace(marker, offset_by_scale=np.diag(local_m)))
    return model.with_markers(markers)


def points_upright(shard: Shard, rows: IntArray) -> tuple[Array, Array]:
    """Points (N, K, 3) m of `point_body` in ground, where the labels pose it, and (N, 3, 3) the turn from the
    camera's axes to ground's.

    Not where the person wears skin markers: a centimetre there turns a pelvis by four degrees.
    """
    labels, own = shard.labels, point_body()
    placed = forward(own, labels["coordinates"][rows].astype(float), labels["scale"][rows].astype(float))
    upright = placed.rotation[:, own.body_index("pelvis")]
    turn = upright @ labels["pelvis_rotation"][rows].astype(float).swapaxes(1, 2)
    root_m = placed.position_m[:, own.body_index("pelvis")]
    return np.asarray(placed.marker_m - root_m[:, None]), np.asarray(turn)


def _used(model: BodyModel) -> tuple[Sequence[str], IntArray]:
    """The points on the model, and their columns among those of `point_body`."""
    column = {name: i for i, name in enumerate(point_body().marker_names)}
    return model.marker_names, np.array([column[name] for name in model.marker_names], np.int64)


def _placed(model: BodyModel, examples: Examples) -> BodyModel:
    """The model with its points where the first people have them on the mean."""
    names, columns = _used(model)
    shard = examples.shards[0]
    person = np.asarray(shard.labels["person"])
    for sd_m in _PLACE_SD_M:
        shifts = []
        for one in np.unique(person)[:_PLACING]:
            points_m, _ = points_upright(shard, np.flatnonzero(person == one))
            settings = EstimateSettings(marker_sd_m=sd_m, axis_sd=_AXIS_SD)
            shifts.append(estimate(model, names, points_m[:, columns], settings).marker_shift_m)
        mean = np.mean(shifts, axis=0)
        model = model.with_markers([_moved(one, by) for one, by in zip(model.markers, mean, strict=True)])
    return model


def _moved(marker: Marker, by_m: Array) -> Marker:
    return replace(marker, offset_by_scale=marker.offset_by_scale + np.diag(by_m))


def _near_default(model: BodyModel) -> IkTasks:
    """All points alike, and of poses that are the same in space the one of smaller angles."""
    free = {model.coordinates[i].name: _HOLD for i in Head(model).columns}
    return IkTasks(dict.fromkeys(model.marker_names, 1.0), free)


def _posed(model: BodyModel, shard: Shard, rows: IntArray) -> dict[str, Array]:
    """Labels of one person's examples for the model, and under `_OFF` how many mm are left of each."""
    names, columns = _used(model)
    points_m, turn = points_upright(shard, rows)
    points_m = points_m[:, columns]
    body = estimate(model, names, points_m, EstimateSettings(marker_sd_m=_PLACE_SD_M[-1], axis_sd=_AXIS_SD))
    tasks = _near_default(model)
    # Frame by frame: moments far apart, of which a wrong minimum must not be where the next begins.
    found = [solve(body.model, names, one[None], tasks, IkSettings(threads=1)) for one in points_m]
    coordinates = np.concatenate([one.coordinates for one in found])
    placed, root = forward(body.model, coordinates), model.body_index(_root(model))
    back = turn.swapaxes(1, 2)
    off_m = np.linalg.norm(placed.marker_m - points_m, axis=2)
    return {
        "coordinates": coordinates,
        "scale": np.tile(body.scales, (len(rows), 1, 1)),
        "pelvis_rotation": back @ placed.rotation[:, root],
        "pelvis_m": shard.labels["pelvis_m"][rows]
        + np.einsum("nij,nj->ni", back, placed.position_m[:, root]),
        _OFF: 1000 * np.sqrt((off_m**2).mean(axis=1)),
    }


def _root(model: BodyModel) -> str:
    return next(joint.child for joint in model.joints if joint.parent == GROUND)


def _check(examples: Examples, model: BodyModel) -> None:
    Head(model)  # one body on ground, something to tell
    own = point_body()
    lacking = [name for name in _LEAST_BODIES if name not in model.body_names]
    if lacking:
        raise InputError(
            f"model {model.name} has no body {', '.join(lacking)}: the own body's points are carried over to "
            f"bodies of the same name; it has {', '.join(model.body_names)}"
        )
    found = examples.labels["coordinates"].shape[1]
    if found != len(own.coordinates) or any(MODEL_KEY in shard.header for shard in examples.shards):
        raise InputError(
            f"{examples.folder} is labelled with {found} coordinates of another model; the own body has "
            f"{len(own.coordinates)}: relabel what kinelab monocular examples made"
        )
