"""Where each child body stands in its parent: joints of a like kind evaluated together, for the torch layer.

A rotation by theta about a unit axis n is n n' + (1 - n n') cos theta + [n]x sin theta (Rodrigues 1840), so a
joint with k moving rotations between constant ones is a constant matrix (9, 3^k) times the products of
(1, cos, sin) of its angles: axes that are neither aligned nor orthogonal cost nothing more. Rotations are
kept as their three columns, (3 columns, 3 components, batch).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np
import torch
from torch import Tensor

from kinelab.body.layer_terms import ByScale, Constants
from kinelab.body.model import Axis, Joint
from kinelab.core.checks import Array


def moving(axis: Axis) -> bool:
    """Whether a coordinate moves this axis."""
    return any(term.coordinate is not None for term in axis.terms)


def moving_rotations(joint: Joint) -> tuple[Axis, ...]:
    """The rotations that a coordinate moves."""
    return tuple(axis for axis in joint.rotations if moving(axis))


def never_turns(joint: Joint) -> bool:
    """Whether the child's axes are always the parent's."""
    return not moving_rotations(joint) and np.array_equal(rotation_table(joint), np.eye(3).reshape(9, 1))


def slides(joint: Joint) -> bool:
    """Whether the joint has lengths at all, moving or constant."""
    return any(axis.terms for axis in joint.translations)


def angle_axes(joints: Sequence[Joint]) -> list[Axis]:
    """The moving rotations of a group: the first of each joint, the second of each, the third.

    Axes that do not move stand for those that a joint does not have.
    """
    still = Axis(np.array([1.0, 0.0, 0.0]))
    return [axis for nth in zip_longest(*map(moving_rotations, joints), fillvalue=still) for axis in nth]


def length_axes(joints: Sequence[Joint]) -> list[Axis]:
    """The translations of the joints of a group that slide, three a joint."""
    return [axis for joint in joints if slides(joint) for axis in joint.translations]


def varies(joint: Joint) -> bool:
    """Whether the child's origin moves within the parent when a coordinate changes."""
    off_centre = joint.radii_by_scale is not None or joint.child_frame.translation_by_scale.any()
    turns = bool(moving_rotations(joint))
    return any(moving(axis) for axis in joint.translations) or bool(turns and off_centre)


class JointGroup(Constants):
    """Joints with k moving rotations at most: amounts of the axes -> child in parent.

    Its amounts come in the order of `angle_axes` and `length_axes`, in parts of `angle_sizes` and of
    `length_size`. scale_row: where the factors of each body (and ground) stand.
    """

    rotation: Tensor
    sliding: Tensor
    direction: Tensor
    off_centre: Tensor
    ellipsoid: Tensor
    child_axis: Tensor
    parent_axes: Tensor

    def __init__(self, joints: Sequence[Joint], scale_row: Mapping[str, int], dtype: torch.dtype) -> None:
        super().__init__()
        most = max(len(moving_rotations(joint)) for joint in joints)
        self.angle_sizes = [len(joints)] * most
        self.keep("rotation", np.array([_widened(rotation_table(joint), most) for joint in joints]), dtype)
        self.place = ByScale(
            [scale_row[joint.parent] for joint in joints],
            [joint.parent_frame.translation_by_scale for joint in joints],
            dtype,
        )
        sliding = [i for i, joint in enumerate(joints) if slides(joint)]
        self.n_sliding = len(sliding)
        self.length_size = 3 * len(sliding)
        self.keep("sliding", sliding, torch.int64)
        self._keep_lengths([joints[i] for i in sliding], scale_row, dtype)
        self._keep_child_frames(joints, scale_row, dtype)

    def _keep_lengths(
        self, sliding: Sequence[Joint], scale_row: Mapping[str, int], dtype: torch.dtype
    ) -> None:
        turned = [
            joint.parent_frame.rotation @ np.stack([axis.direction for axis in joint.translations], axis=1)
            for joint in sliding
        ]
        self.keep("direction", np.array(turned).reshape(-1, 3, 3), dtype)
        fixed = [[axis.scale_fixed for axis in joint.translations] for joint in sliding]
        self.stretch = ByScale(
            [scale_row[joint.parent] for joint in sliding],
            [np.stack([axis.scale_by for axis in joint.translations]) for joint in sliding],
            dtype,
            np.array(fixed).reshape(-1, 3),
        )

    def _keep_child_frames(
        self, joints: Sequence[Joint], scale_row: Mapping[str, int], dtype: torch.dtype
    ) -> None:
        off = [i for i, joint in enumerate(joints) if joint.child_frame.translation_by_scale.any()]
        self.n_off_centre = len(off)
        self.keep("off_centre", off, torch.int64)
        self.child_place = ByScale(
            [scale_row[joints[i].child] for i in off],
            [joints[i].child_frame.translation_by_scale for i in off],
            dtype,
        )
        round_ones = [(i, joint) for i, joint in enumerate(joints) if joint.radii_by_scale is not None]
        self.n_ellipsoid = len(round_ones)
        self.keep("ellipsoid", [i for i, _ in round_ones], torch.int64)
        self.radii = ByScale(
            [scale_row[joint.parent] for _, joint in round_ones],
            [np.asarray(joint.radii_by_scale) for _, joint in round_ones],
            dtype,
        )
        # The third column of the joint's own rotation is the child frame's z axis seen from the parent frame.
        child_axis = np.array([joint.child_frame.rotation[:, 2] for _, joint in round_ones])
        self.keep("child_axis", child_axis.reshape(-1, 3, 1, 1), dtype)
        axes = np.array([joint.parent_frame.rotation for _, joint in round_ones])
        self.keep("parent_axes", axes.reshape(-1, 3, 3), dtype)

    def forward(
        self, trig: Sequence[Tensor], lengths: Tensor, scales: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Rotation columns (G, 3, 3, N) and origin (G, 3, N) of each child in its parent (N or 1).

        trig: for each of its k rotations (G, 3, N) = 1, cos, sin of the angle; lengths (3 sliding, N).
        """
        rotation = self._rotation(trig)
        origin = self.place(scales)
        if self.n_sliding:
            lengths = lengths.reshape(self.n_sliding, 3, lengths.shape[-1])
            shift = torch.bmm(self.direction, lengths * self.stretch(scales))
            origin = _added(origin, self.sliding, shift)
        if self.n_ellipsoid:
            axis = (rotation.index_select(0, self.ellipsoid) * self.child_axis).sum(1)
            local = torch.bmm(self.parent_axes.mT, axis) * self.radii(scales)
            origin = _added(origin, self.ellipsoid, torch.bmm(self.parent_axes, local))
        if self.n_off_centre:
            offset = self.child_place(scales).unsqueeze(2)
            turned = (rotation.index_select(0, self.off_centre) * offset).sum(1)
            origin = _added(origin, self.off_centre, -turned)
        return rotation, origin

    def _rotation(self, trig: Sequence[Tensor]) -> Tensor:
        if not trig:
            return self.rotation.reshape(-1, 3, 3, 1)
        products, *factors = trig
        for factor in factors:
            products = (products.unsqueeze(2) * factor.unsqueeze(1)).flatten(1, 2)
        return torch.bmm(self.rotation, products).reshape(len(self.rotation), 3, 3, products.shape[-1])


def _added(origin: Tensor, at: Tensor, shift: Tensor) -> Tensor:
    """Origin (G, 3, B) with shift (n, 3, N) added to some rows, as wide as the wider."""
    wide = max(origin.shape[-1], shift.shape[-1], key=lambda width: (width != 1, width))
    return origin.expand(*origin.shape[:2], wide).index_add(0, at, shift.expand(*shift.shape[:2], wide))


def rotation_table(joint: Joint) -> Array:
    """The constant matrix (9, 3^k) from products of (1, cos, sin) to the columns of child to parent."""
    table = np.asarray(joint.parent_frame.rotation)[..., None]
    for axis in joint.rotations:
        parts = _rodrigues(axis.direction)
        if not moving(axis):
            amount = sum(float(term.function.value(0.0)) for term in axis.terms)
            parts = (parts @ (1.0, np.cos(amount), np.sin(amount)))[..., None]
        table = np.einsum("ijp,jkq->ikpq", table, parts).reshape(3, 3, -1)
    table = np.einsum("ijp,kj->kip", table, joint.child_frame.rotation)
    return np.asarray(table.reshape(9, -1))


def _widened(table: Array, most: int) -> Array:
    """The table of a joint with fewer rotations, zero where the further ones come in: (9, 3^most)."""
    wide = np.zeros((9, table.shape[1], 3**most // table.shape[1]))
    wide[..., 0] = table
    return wide.reshape(9, -1)


def _rodrigues(n: Array) -> Array:
    """(3, 3, 3): the parts of a rotation about n that go with 1, cos and sin."""
    along = np.outer(n, n)
    cross = np.array([[0, -n[2], n[1]], [n[2], 0, -n[0]], [-n[1], n[0], 0]])
    return np.stack([along, np.eye(3) - along, cross], axis=-1)
