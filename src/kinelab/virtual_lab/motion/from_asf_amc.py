"""A movement from an Acclaim skeleton and motion (ASF and AMC), as of the CMU database."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.asf_amc import ROOT, Amc, Asf, read_amc, read_asf
from kinelab.geometry.rotations import about_axis
from kinelab.signals.runs import true_runs
from kinelab.virtual_lab.motion.finishing import Finish
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.retarget import AT_EASE_TILT_DEG, retarget
from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip, chain, summed

CMU_RATE_HZ = 120.0  # an AMC does not say; almost all of CMU's are 120 Hz (mocap.cs.cmu.edu)
_CLIPPED_FRAMES = 5  # equal values in a row are no movement


def movement_from_amc(
    path: str | Path,
    mover: Mover,
    finish: Finish | None = None,
    *,
    skeleton: str | Path | None = None,
    source_rate_hz: float = CMU_RATE_HZ,
    pelvis_tilt_deg: float = AT_EASE_TILT_DEG,
) -> Movement:
    """An AMC motion on a person. skeleton: its .asf; None takes the one beside it.

    Raises:
        FileFormatError: see `read_asf`, `read_amc`.
        InputError: no skeleton, or no rate; see `retarget`.
    """
    path = Path(path)
    if not 1 <= source_rate_hz <= 10_000:
        raise InputError(f"source_rate_hz is {source_rate_hz:g}, expected 1 to 10000 frames a second")
    asf = read_asf(skeleton if skeleton is not None else skeleton_beside(path))
    clip = clip_of_amc(path.name, asf, read_amc(path, asf), source_rate_hz)
    # CMU's lwrist is the far third of the forearm: the hand begins at lhand.
    both = [side for side in "rl" if {f"{side}wrist", f"{side}hand"} <= set(clip.joints)]
    names = {f"hand_{side}": f"{side}hand" for side in both}
    return retarget(clip, mover, finish, names=names, pelvis_tilt_deg=pelvis_tilt_deg)


def skeleton_beside(amc: Path) -> Path:
    """The .asf of an .amc: of the same name, of CMU's (02.asf for 02_01.amc), or the only one there.

    Raises:
        InputError: none, or several.
    """
    for stem in (amc.stem, amc.stem.split("_")[0]):
        for suffix in (".asf", ".ASF"):
            if (amc.parent / (stem + suffix)).is_file():
                return amc.parent / (stem + suffix)
    found = sorted(one for one in amc.parent.glob("*") if one.suffix.lower() == ".asf")
    if len(found) != 1:
        there = ", ".join(one.name for one in found) or "none"
        raise InputError(f"{amc}: an .amc needs its skeleton, an .asf file; beside it there is {there}")
    return found[0]


def clip_of_amc(name: str, asf: Asf, amc: Amc, rate_hz: float) -> SkeletonClip:
    """The skeleton in motion: a joint of the bone's name at its beginning, and one at each free end."""
    joints, parents = [ROOT], [-1]
    offsets = [asf.root_position]
    ends = {ROOT: np.zeros(3)} | {bone.name: bone.direction * bone.length for bone in asf.bones}
    for bone in asf.bones:
        parent = asf.parents[bone.name]
        joints.append(bone.name)
        parents.append(joints.index(parent))
        offsets.append(ends[parent])
    for bone in asf.bones:
        if bone.name not in asf.parents.values():
            joints.append(f"{bone.name}_end")
            parents.append(joints.index(bone.name))
            offsets.append(ends[bone.name])
    T = amc.frames
    rotation = np.broadcast_to(np.eye(3), (T, len(joints), 3, 3)).copy()
    root = dict(zip(asf.root_order, amc.values[ROOT].T, strict=True))
    rotation[:, 0] = _about(_turn(root, asf.root_axis), _fixed(asf.root_orientation_deg, asf.root_axis))
    for bone in asf.bones:
        if bone.dof:
            values = dict(zip(bone.dof, amc.values[bone.name].T, strict=True))
            own = _turn(values, "".join(dof[1] for dof in bone.dof))
            rotation[:, joints.index(bone.name)] = _about(own, _fixed(bone.axis_deg, bone.axis_order))
    offset = np.broadcast_to(np.array(offsets), (T, len(joints), 3)).copy()
    offset[:, 0] += np.stack([root[axis] for axis in ("tx", "ty", "tz")], axis=1)
    rest = summed(parents, np.array(offsets))
    turned, placed = chain(tuple(parents), rotation, offset)
    # CMU's skeletons rest with the legs 20 degrees apart, the feet tipped with them (the axes of lfoot).
    return SkeletonClip(
        name, tuple(joints), tuple(parents), rest, turned, placed, rate_hz, asf.unit_m, flat_feet=False,
        notes=_clipped(asf, amc),
    )  # fmt: skip


def _turn(values: dict[str, Array], order: str) -> Array:
    """(T, 3, 3) rotations about fixed axes, one after another in the order: the last stands first."""
    T = len(next(iter(values.values())))
    turned = np.broadcast_to(np.eye(3), (T, 3, 3))
    for axis in order:
        turned = about_axis("xyz".index(axis), np.radians(values[f"r{axis}"])) @ turned
    return turned


def _fixed(angle_deg: Array, order: str) -> Array:
    return np.asarray(_turn({f"r{axis}": angle_deg[k : k + 1] for k, axis in enumerate("xyz")}, order)[0])


def _about(turn: Array, axes: Array) -> Array:
    """A turn about axes that are themselves turned: C M C^-1."""
    return np.asarray(axes @ turn @ axes.T)


def _clipped(asf: Asf, amc: Amc) -> tuple[str, ...]:
    """Says which knees stand still at one value: CMU's solver holds them at the end of their range."""
    notes = []
    for bone in asf.bones:
        if bone.dof != ("rx",) or "tibia" not in bone.name:
            continue
        value = amc.values[bone.name][:, 0]
        held = np.abs(value - value.min()) < 0.01
        share = sum(b - a for a, b in true_runs(held) if b - a >= _CLIPPED_FRAMES) / len(value)
        if share > 0.02:
            notes.append(
                f"{bone.name} stands still at {value.min():.1f} deg in {share:.0%} of the frames: the file's"
                " knee is clipped at the end of its range, not straight"
            )
    return tuple(notes)
