"""From coordinates to where each child body stands in its parent, for the torch layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import torch
from torch import Tensor, nn

from kinelab.body.layer_joints import JointGroup, angle_axes, length_axes, moving_rotations, varies
from kinelab.body.layer_terms import Terms, TermSums
from kinelab.body.layer_tree import Local
from kinelab.body.model import BodyModel, Term


def joints_of_a_kind(model: BodyModel) -> tuple[tuple[int, ...], ...]:
    """Rows of the joints with equally many moving rotations and an origin that moves, or does not."""
    kinds: dict[tuple[int, bool], list[int]] = {}
    for j, joint in enumerate(model.joints):
        kinds.setdefault((len(moving_rotations(joint)), varies(joint)), []).append(j)
    return tuple(map(tuple, kinds.values()))


class LocalPoses(nn.Module):
    """Poses of children in their parents; `groups` are the rows of the joints evaluated together.

    scale_row: where the factors of each body (and ground) stand.
    """

    def __init__(
        self,
        model: BodyModel,
        groups: Sequence[Sequence[int]],
        scale_row: Mapping[str, int],
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        self.row = {name: at for at, name in enumerate(model.coordinate_names)}
        self.couplers = nn.ModuleList(self._couplers(model, dtype))
        joints = [[model.joints[j] for j in group] for group in groups]
        angles = [axis for some in joints for axis in angle_axes(some)]
        lengths = [axis for some in joints for axis in length_axes(some)]
        self.amounts = TermSums([self._terms(axis.terms) for axis in (*angles, *lengths)], dtype)
        evaluated = [JointGroup(some, scale_row, dtype) for some in joints]
        self.groups = nn.ModuleList(evaluated)
        self.angles_of = [group.angle_sizes for group in evaluated]
        self.amount_sizes = [len(angles), *(group.length_size for group in evaluated)]

    def _couplers(self, model: BodyModel, dtype: torch.dtype) -> list[TermSums]:
        """Coupled coordinates become further rows of the source; those of a level read only earlier ones."""
        level: dict[str, int] = {}
        for coupler in model.couplers:
            read = [level.get(str(term.coordinate), 0) for term in coupler.terms]
            level[coupler.dependent] = 1 + max(read, default=0)
        sums = []
        rows = len(model.coordinates)
        for number in range(1, max(level.values(), default=0) + 1):
            now = [coupler for coupler in model.couplers if level[coupler.dependent] == number]
            sums.append(TermSums([self._terms(coupler.terms) for coupler in now], dtype))
            self.row |= {coupler.dependent: rows + at for at, coupler in enumerate(now)}
            rows += len(now)
        return sums

    def _terms(self, terms: Sequence[Term]) -> Terms:
        return [
            (None if term.coordinate is None else self.row[term.coordinate], term.function) for term in terms
        ]

    def forward(self, source: Tensor, factors: Tensor | None) -> list[Local]:
        """Each group's children in their parents, from coordinates (C, N) and factors (S + 1, 3, B)."""
        for coupled in self.couplers:
            source = torch.cat([source, coupled(source)])
        # Split at once, not part by part: each part on its own costs a tensor of zeros on the way back.
        angles, *lengths = torch.split(self.amounts(source), self.amount_sizes)
        trig = torch.stack([torch.ones_like(angles), angles.cos(), angles.sin()], dim=1)
        parts = iter(torch.split(trig, list(chain.from_iterable(self.angles_of))))
        return [
            group([next(parts) for _ in sizes], some, factors)
            for group, sizes, some in zip(self.groups, self.angles_of, lengths, strict=True)
        ]
