"""How each free coordinate moves each body, compiled: the Jacobian of a pose in its smallest form.

A coordinate q turns and shifts all that hangs on a joint as one twist: a point p of such a body moves by

    dp/dq = w x p + u        (w rad, u m per unit of q; p in ground; u is the speed at ground's origin)

Twists add along the way from ground to the body, which is how a coordinate that moves several joints is one
column; a coupler's dependent coordinate is folded into those that it follows.
"""

from __future__ import annotations

from kinelab.body.kernels import Work, by_radii
from kinelab.body.plan import Plan
from kinelab.body.vectors import cross, plus, put_twist, row_of
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside


@compiled_inside
def differentiate(plan: Plan, lengths_m: Array, work: Work) -> None:
    """Fill the twists (w, u) of `work`, after `place` on the same frame."""
    _chain(plan, work)
    _twists_of_axes(plan, lengths_m, work)
    for row in range(plan.twists.shape[0]):
        earlier = plan.twists[row, 1]
        for i in range(6):
            work.twist[row, i] = work.twist[earlier, i] if earlier >= 0 else 0.0
        for part in range(plan.twists[row, 2], plan.twists[row, 3]):
            axis, term, chain = (
                plan.twist_parts[part, 0],
                plan.twist_parts[part, 1],
                plan.twist_parts[part, 2],
            )
            rate = work.slope[term] * (work.chain[chain] if chain >= 0 else 1.0)
            for i in range(6):
                work.twist[row, i] += rate * work.axis_twist[axis, i]


@compiled_inside
def _chain(plan: Plan, work: Work) -> None:
    """Derivatives of the dependent coordinates by the free ones."""
    for row in range(plan.chains.shape[0]):
        total = 0.0
        for part in range(plan.chains[row, 0], plan.chains[row, 1]):
            term, earlier = plan.chain_parts[part, 0], plan.chain_parts[part, 1]
            total += work.slope[term] * (work.chain[earlier] if earlier >= 0 else 1.0)
        work.chain[row] = total


@compiled_inside
def _twists_of_axes(plan: Plan, lengths_m: Array, work: Work) -> None:
    for joint in range(plan.joints.shape[0]):
        centre = row_of(work.centre, joint)
        for k in range(plan.joints[joint, 2], plan.joints[joint, 3]):
            w = row_of(work.axis, k)
            u = cross(centre, w)
            if plan.joints[joint, 5] >= 0:
                turned = cross(w, row_of(work.pole, plan.joints[joint, 5]))
                u = plus(u, by_radii(plan, lengths_m, work, joint, turned), 1.0)
            put_twist(work.axis_twist, k, w, u)
        for k in range(plan.joints[joint, 3], plan.joints[joint, 4]):
            put_twist(work.axis_twist, k, (0.0, 0.0, 0.0), row_of(work.axis, k))
