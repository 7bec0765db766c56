"""A skeletal model as a differentiable torch layer: coordinates and scales in, bodies and markers out.

The idea of D3KE's skeletal-model layer (Bittner et al., doi:10.3390/s23010341), for any model: every
joint, function and coupler of OpenSim, scaled as its ScaleTool scales. Nothing in it is learned.

    layer = SkeletalLayer(open_model("subject.osim"), dtype=torch.float32)
    coordinates = network(images)                                  # (B, C) rad and m
    factors = torch.exp(log_factors)                               # (S, 3), the same for all frames
    placed = layer(coordinates, scales=factors)
    loss = ((placed.marker_m - measured_m) ** 2).sum(-1).mean()    # (B, M, 3)
    loss.backward()

All steps are plain torch operations, so that second derivatives and `torch.func` work too. `body.forward` is
the independent twin in numpy. Inside, the batch is the last dimension and contiguous.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, NamedTuple

from kinelab.errors import InputError, MissingExtraError

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise MissingExtraError("the skeletal layer", "train") from error

from kinelab.body.layer_by_depth import ByDepth
from kinelab.body.layer_by_joint import ByJoint
from kinelab.body.layer_inputs import batch_last, batch_shape
from kinelab.body.layer_joints import never_turns
from kinelab.body.layer_local import LocalPoses, joints_of_a_kind
from kinelab.body.layer_terms import ByScale, Constants
from kinelab.body.layer_tree import Root, Tree
from kinelab.body.model import GROUND, BodyModel

Plan = Literal["by_depth", "by_joint"]
# Size of one value over the batch from which one joint at a time is faster than one depth at a time (256
# frames in float64), measured on a CPU with gait2392 and Rajagopal2016; D3KE's deep tree crosses at some 160.
# On a GPU starting an operation costs as much and streaming over the batch far less: an estimate.
BY_JOINT_FROM_BYTES = {"cpu": 2048, "other": 131072}


class Placed(NamedTuple):
    """Where a model is, in ground; `...` is the batch shape.

    rotation (..., S, 3, 3) body to ground, position_m (..., S, 3) of the bodies' origins, joint_centre_m
    (..., J, 3) origins of the joints' child frames, marker_m (..., M, 3). They are views of memory that has
    the batch last.
    """

    rotation: Tensor
    position_m: Tensor
    joint_centre_m: Tensor
    marker_m: Tensor


class SkeletalLayer(Constants):
    """Forward kinematics of one model, for any batch shape, on any device, in float32 or float64.

    No parameters; constants are buffers, which `.to(device)`, `.float()` and `.double()` convert, and which
    stay out of a state_dict. They are made in float64 and cast once: build the layer anew rather than go to
    float32 and back. `root` is the name of the one body on ground, None where there are several.
    """

    centre_row: Tensor

    def __init__(self, model: BodyModel, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        if dtype not in (torch.float32, torch.float64):
            raise InputError(f"dtype is {dtype}, allowed are torch.float32 and torch.float64")
        if not model.bodies:
            raise InputError(f"model {model.name} has no bodies, so there is nothing to place")
        self.model = model
        on_ground = [joint.child for joint in model.joints if joint.parent == GROUND]
        self.root = on_ground[0] if len(on_ground) == 1 else None
        own_row = {name: row for row, name in enumerate((*model.body_names, GROUND))}
        scale_row = {GROUND: own_row[GROUND]}
        scale_row |= {body.name: own_row[body.scaled_as] for body in model.bodies}
        joint_row = {GROUND: -1} | {joint.child: row for row, joint in enumerate(model.joints)}
        tree = Tree(
            parent=tuple(joint_row[joint.parent] for joint in model.joints),
            groups=joints_of_a_kind(model),
            body_joint=tuple(joint_row[name] for name in model.body_names),
            point_joint=tuple(joint_row[name] for name in self._points(model, scale_row, dtype)),
        )
        self.by_depth = ByDepth(tree, dtype)
        self.local_by_depth = LocalPoses(model, [tree.order], scale_row, dtype)
        self.local_by_joint = LocalPoses(model, tree.groups, scale_row, dtype)
        self.by_joint = ByJoint(tree, [never_turns(joint) for joint in model.joints])

    def _points(self, model: BodyModel, scale_row: Mapping[str, int], dtype: torch.dtype) -> list[str]:
        """Bodies of the points: markers, then the joint centres that are not the origin of their body."""
        away = [j for j, joint in enumerate(model.joints) if joint.child_frame.translation_by_scale.any()]
        points = [(marker.body, marker.offset_by_scale) for marker in model.markers]
        points += [(model.joints[j].child, model.joints[j].child_frame.translation_by_scale) for j in away]
        self.offsets = ByScale([scale_row[body] for body, _ in points], [by for _, by in points], dtype)
        centres = [model.body_index(joint.child) for joint in model.joints]
        for at, j in enumerate(away):
            centres[j] = len(model.bodies) + at
        self.centres_in_order = centres == list(range(len(centres)))
        self.keep("centre_row", centres, torch.int64)
        return [body for body, _ in points]

    def forward(
        self,
        coordinates: Tensor,
        scales: Tensor | None = None,
        root_rotation: Tensor | None = None,
        root_position_m: Tensor | None = None,
        marker_shift_m: Tensor | None = None,
        *,
        plan: Plan | None = None,
    ) -> Placed:
        """Place the model at coordinates (..., C), rad or m, in the order of `model.coordinate_names`.

        scales (..., S, 3) are relative to the model, None = one. root_rotation (..., 3, 3), body to ground,
        and root_position_m (..., 3) replace what the coordinates say of the one body that hangs on ground.
        marker_shift_m (..., M, 3) is added in the frame of a marker's body after scaling, in m. Batch shapes
        broadcast; factors or shifts that all frames share cost least when not expanded. What is given for
        a coupled coordinate is ignored; ranges and locks are not applied, nor are factors checked to be
        positive. NaN stays in its frame and in the bodies it moves, but `by_depth` carries it from a position
        to the rotations further out. Under `torch.autocast` all stays in the layer's own precision: half
        precision is millimetres here. plan: None = by the size of the batch.

        Raises:
            InputError: a wrong last dimension, dtype or device, batch shapes that do not fit together, a plan
                that is none, or a root pose for a model with several bodies on ground.
        """
        inputs = {
            "coordinates": (coordinates, (len(self.model.coordinates),)),
            "scales": (scales, (len(self.model.bodies), 3)),
            "root_rotation": (root_rotation, (3, 3)),
            "root_position_m": (root_position_m, (3,)),
            "marker_shift_m": (marker_shift_m, (len(self.model.markers), 3)),
        }
        batch = batch_shape(self.model, self.centre_row.device, self.by_depth.corner.dtype, inputs)
        self._check_root(root_rotation, root_position_m)
        width = math.prod(batch)
        factors = None if scales is None else batch_last(scales, 2, batch)
        if factors is not None:
            factors = torch.cat([factors, factors.new_ones((1, *factors.shape[1:]))])
        root = Root(
            None if root_rotation is None else batch_last(root_rotation.mT, 2, batch),
            None if root_position_m is None else batch_last(root_position_m, 1, batch),
        )
        shift = None if marker_shift_m is None else batch_last(marker_shift_m, 2, batch)
        with _full_precision(self.centre_row.device.type):
            offsets = self._offsets(factors, shift)
            source = batch_last(coordinates, 1, batch)
            if self._plan(plan, width) == "by_joint":
                placed = self.by_joint(self.local_by_joint(source, factors), root, offsets, width)
            else:
                (local,) = self.local_by_depth(source, factors)
                placed = self.by_depth(local, root, offsets, width)
        return self._as_placed(placed, batch)

    def _check_root(self, rotation: Tensor | None, position: Tensor | None) -> None:
        if self.root is None and not (rotation is None and position is None):
            on_ground = [joint.child for joint in self.model.joints if joint.parent == GROUND]
            raise InputError(
                f"a root pose was given, but {len(on_ground)} bodies of model {self.model.name} hang on "
                f"ground ({', '.join(on_ground)}): move them by their coordinates"
            )

    def _plan(self, plan: str | None, width: int) -> str:
        if plan not in (None, "by_depth", "by_joint"):
            raise InputError(f"plan is {plan!r}, allowed are 'by_depth', 'by_joint' and None")
        if plan is None:
            limit = BY_JOINT_FROM_BYTES["cpu" if self.centre_row.device.type == "cpu" else "other"]
            plan = "by_joint" if width * self.by_depth.corner.itemsize >= limit else "by_depth"
        return plan

    def _offsets(self, factors: Tensor | None, shift: Tensor | None) -> Tensor:
        """Points in the frames of their bodies, (P, 3, N or 1)."""
        offsets: Tensor = self.offsets(factors)
        if shift is None:
            return offsets
        markers = offsets[: len(shift)] + shift
        rest = offsets[len(shift) :]
        return torch.cat([markers, rest.expand(-1, -1, markers.shape[-1])]) if len(rest) else markers

    def _as_placed(self, placed: tuple[Tensor, Tensor, Tensor], batch: torch.Size) -> Placed:
        """From columns with the batch last to rows with the batch first; views, no copies."""
        rotation, position, points = placed
        markers = points[: len(self.model.markers)]
        centres = position
        if not self.centres_in_order:
            centres = torch.cat([position, points[len(markers) :]]).index_select(0, self.centre_row)
        return Placed(
            rotation.permute(3, 0, 2, 1).reshape(*batch, len(rotation), 3, 3),
            *(
                points.permute(2, 0, 1).reshape(*batch, len(points), 3)
                for points in (position, centres, markers)
            ),
        )


def _full_precision(device: str) -> AbstractContextManager[object]:
    """Switches mixed precision off where it is on."""
    if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
        return torch.autocast(device, enabled=False)
    return nullcontext()
