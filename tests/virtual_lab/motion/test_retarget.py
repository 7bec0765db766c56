"""The independent truth: movements of our own, written as others write them, come back as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.geometry.rotations import from_cardan, to_cardan
from kinelab.virtual_lab.motion.finishing import Finish
from kinelab.virtual_lab.motion.from_asf_amc import movement_from_amc
from kinelab.virtual_lab.motion.from_bvh import movement_from_bvh
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover, default_mover
from kinelab.virtual_lab.motion.retarget import retarget
from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip

FRAMES = 40
AS_IT_WAS = Finish(keep_feet=False, cutoff_hz=None)

# Joint of the file -> its parent, the body that turns with it, the joint of the model that it stands at.
JOINTS: dict[str, tuple[str, str, str]] = {
    "Hips": ("", "pelvis", ""),
    "Spine": ("Hips", "torso", "back"),
    "Head": ("Spine", "head", "neck"),
}
for _side, _word in (("r", "Right"), ("l", "Left")):
    JOINTS |= {
        f"{_word}UpLeg": ("Hips", f"femur_{_side}", f"hip_{_side}"),
        f"{_word}Leg": (f"{_word}UpLeg", f"tibia_{_side}", f"knee_{_side}"),
        f"{_word}Foot": (f"{_word}Leg", f"calcn_{_side}", f"ankle_{_side}"),
        f"{_word}ToeBase": (f"{_word}Foot", f"toes_{_side}", f"mtp_{_side}"),
        f"{_word}Arm": ("Spine", f"humerus_{_side}", f"acromial_{_side}"),
        f"{_word}ForeArm": (f"{_word}Arm", f"ulna_{_side}", f"elbow_{_side}"),
        f"{_word}Hand": (f"{_word}ForeArm", f"hand_{_side}", f"wrist_{_side}"),
    }
# Axes of the file (rows: where ground's X forward, Y up, Z right lie in it).
Y_UP = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])  # X left, Y up, Z forward
Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # X forward, Y left, Z up


def lively(mover: Mover) -> Movement:
    """Every free joint goes through a good part of its range while the person walks 1 m ahead."""
    t = np.arange(FRAMES) / 50
    q = np.tile(mover.standing, (FRAMES, 1))
    rng = np.random.default_rng(5)
    for column, one in enumerate(mover.model.coordinates):
        if one.locked or one.name.startswith("pelvis_t"):
            continue
        low, high = (-0.3, 0.3) if "pelvis" in one.name else one.range
        middle = np.clip(0.0, 0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high)
        size = 0.5 * min(middle - low, high - middle, np.radians(40))
        q[:, column] = middle + size * np.sin(2 * np.pi * rng.uniform(0.5, 1.5) * t + rng.uniform(0, 6))
    q[:, mover.column("pelvis_tilt")] = -0.15 + 0.1 * np.sin(5 * t)
    q[:, mover.column("pelvis_tx")] += t / t[-1]
    q[:, mover.column("pelvis_tz")] += 0.04 * np.sin(2 * np.pi * t / t[-1])
    return Movement("lively", mover, Timebase(50, FRAMES), q)


def in_t_pose(mover: Mover) -> Array:
    pose = np.array(mover.standing)
    for side in "rl":
        pose[mover.column(f"arm_add_{side}")] = np.radians(-90)
        pose[mover.column(f"pro_sup_{side}")] = np.radians(90)
    return pose


def places(mover: Mover, pose: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """Rotation of each body and place of each joint (and free end) of the file, in ground."""
    placed = forward(mover.model, pose)
    model = mover.model
    turned = {name: placed.rotation[..., i, :, :] for i, name in enumerate(model.body_names)}
    at = {
        joint: placed.joint_centre_m[..., model.joint_names.index(where), :]
        for joint, (_, _, where) in JOINTS.items()
        if where
    }
    at["Hips"] = placed.position_m[..., model.body_index("pelvis"), :]
    at["Head_end"] = at["Head"] + turned["head"] @ np.array([0.08, 0.2, 0.0])
    for side, word, out in (("r", "Right", 1), ("l", "Left", -1)):
        at[f"{word}ToeBase_end"] = placed.marker_m[..., model.marker_index(f"sole_toe_{side}"), :]
        hand = turned[f"hand_{side}"]
        at[f"{word}Hand_end"] = at[f"{word}Hand"] + hand @ np.array([0.0, -0.18, 0.0])
        at[f"{word}HandThumb"] = at[f"{word}Hand"] + hand @ np.array([0.0, -0.02, 0.04 * out])
        at[f"{word}HandThumb_end"] = at[f"{word}HandThumb"] + hand @ np.array([0.0, -0.02, 0.04 * out])
    return turned, at


def bvh_text(movement: Movement, rest: Array, order: str, axes: Array, unit: float, *, thumbs: bool) -> str:
    """The movement as a BVH file; the person walks 70 degrees away from the file's forward axis."""
    rest_turned, rest_at = places(movement.mover, rest)
    turned, at = places(movement.mover, movement.coordinates)
    away = from_cardan([0.0, np.radians(70), 0.0], "XYZ")
    world = {
        joint: axes @ away @ turned[body] @ rest_turned[body].T @ axes.T
        for joint, (_, body, _) in JOINTS.items()
    }
    lines, columns = ["HIERARCHY"], []

    def offset(joint: str, parent: str) -> str:
        shift = unit * axes @ (rest_at[joint] - (rest_at[parent] if parent else 0.0))
        return "OFFSET " + " ".join(f"{value:.8f}" for value in shift)

    def write(joint: str, depth: int) -> None:
        pad, parent = "  " * depth, JOINTS[joint][0]
        turns = " ".join(f"{axis}rotation" for axis in order)
        local = (world[parent].swapaxes(1, 2) if parent else np.eye(3)) @ world[joint]
        angles = np.degrees(to_cardan(local, order))
        if parent:
            lines.append(f"{pad}JOINT {joint}\n{pad}{{\n{pad}  {offset(joint, parent)}")
            lines.append(f"{pad}  CHANNELS 3 {turns}")
        else:
            lines.append(
                f"ROOT {joint}\n{{\n  OFFSET 0 0 0\n  CHANNELS 6 Xposition Yposition Zposition {turns}"
            )
            columns.append(unit * at["Hips"] @ away.T @ axes.T)
        columns.append(angles)
        for child, (above, _, _) in JOINTS.items():
            if above == joint:
                write(child, depth + 1)
        if f"{joint}_end" in rest_at:
            lines.append(f"{pad}  End Site\n{pad}  {{\n{pad}    {offset(f'{joint}_end', joint)}\n{pad}  }}")
        if thumbs and joint.endswith("Hand"):
            thumb = f"{joint}Thumb"
            lines.append(f"{pad}  JOINT {thumb}\n{pad}  {{\n{pad}    {offset(thumb, joint)}")
            lines.append(f"{pad}    CHANNELS 3 {turns}\n{pad}    End Site\n{pad}    {{")
            lines.append(f"{pad}      {offset(f'{thumb}_end', thumb)}\n{pad}    }}\n{pad}  }}")
            columns.append(np.zeros((FRAMES, 3)))
        lines.append(f"{pad}}}")

    write("Hips", 0)
    rows = [" ".join(f"{value:.6f}" for value in row) for row in np.hstack(columns)]
    return "\n".join([*lines, "MOTION", f"Frames: {FRAMES}", "Frame Time: 0.02", *rows]) + "\n"


def worst_deg(found: Movement, truth: Movement) -> tuple[float, str]:
    """The largest difference of an angle that is not locked, and its name."""
    columns = [
        c for c, one in enumerate(truth.mover.model.coordinates)
        if one.motion == "rotational" and not one.locked
    ]  # fmt: skip
    difference = np.degrees(np.abs(found.coordinates - truth.coordinates)[:, columns].max(axis=0))
    worst = int(np.argmax(difference))
    return float(difference[worst]), truth.mover.model.coordinate_names[columns[worst]]


@pytest.mark.parametrize(
    ("order", "axes", "unit", "t_pose"),
    [
        ("ZXY", Y_UP, 100.0, False), ("XYZ", Y_UP, 1.0, True), ("ZYX", Z_UP, 39.37, False),
        ("YXZ", Z_UP, 1000.0, True),
    ],
)  # fmt: skip
def test_a_bvh_of_our_own_movement_gives_its_angles_back(
    tmp_path: Path, order: str, axes: Array, unit: float, t_pose: bool
) -> None:
    mover = default_mover(1.68)
    truth = lively(mover)
    rest = in_t_pose(mover) if t_pose else mover.standing
    path = tmp_path / "lively.bvh"
    path.write_text(bvh_text(truth, rest, order, axes, unit, thumbs=not t_pose))
    found = movement_from_bvh(path, mover, AS_IT_WAS, pelvis_tilt_deg=0)
    worst, name = worst_deg(found, truth)
    assert worst < 0.5, f"{name} is off by {worst:.2f} deg"
    way = found.coordinates[:, mover.column("pelvis_tx")]
    assert way[0] == 0
    np.testing.assert_allclose(way - way[0], np.linspace(0, 1, FRAMES), atol=2e-3)
    assert found.labels["leg_ratio"] == pytest.approx(1, rel=1e-4)


def test_a_bvh_moves_another_person_by_the_same_angles_and_their_own_legs(tmp_path: Path) -> None:
    truth = lively(default_mover(1.75))
    path = tmp_path / "lively.bvh"
    path.write_text(bvh_text(truth, truth.mover.standing, "ZXY", Y_UP, 100.0, thumbs=True))
    child = default_mover(1.10)
    found = movement_from_bvh(path, child, AS_IT_WAS, pelvis_tilt_deg=0)
    assert worst_deg(found, truth)[0] < 0.5
    assert np.ptp(found.coordinates[:, child.column("pelvis_tx")]) == pytest.approx(1.10 / 1.75, rel=5e-3)
    # the lower fifth of the lowest sole of each frame lies on the floor
    lowest = found.placement.marker_m[..., 1].min(axis=1)
    assert np.percentile(lowest, 20) == pytest.approx(0, abs=1e-9)


ASF_BONES = {
    # bone: (parent, from, to, body that turns with it)
    "lowerback": ("root", "Hips", "Spine", ""),
    "thorax": ("lowerback", "Spine", "Head", "torso"),
    "head": ("thorax", "Head", "Head_end", "head"),
} | {
    f"{s}{bone}": (parent.format(s=s), a.format(w=w), b.format(w=w), body and f"{body}_{s}")
    for s, w in (("r", "Right"), ("l", "Left"))
    for bone, parent, a, b, body in (
        ("hipjoint", "root", "Hips", "{w}UpLeg", ""),
        ("femur", "{s}hipjoint", "{w}UpLeg", "{w}Leg", "femur"),
        ("tibia", "{s}femur", "{w}Leg", "{w}Foot", "tibia"),
        ("foot", "{s}tibia", "{w}Foot", "{w}ToeBase", "calcn"),
        ("toes", "{s}foot", "{w}ToeBase", "{w}ToeBase_end", "toes"),
        ("clavicle", "thorax", "Head", "{w}Arm", ""),
        ("humerus", "{s}clavicle", "{w}Arm", "{w}ForeArm", "humerus"),
        ("radius", "{s}humerus", "{w}ForeArm", "{w}Hand", "ulna"),
        ("hand", "{s}radius", "{w}Hand", "{w}Hand_end", "hand"),
    )
}


def write_asf_amc(movement: Movement, rest: Array, folder: Path) -> Path:
    """The movement as ASF and AMC, CMU's axes and unit, every bone turning about axes of its own."""
    rest_turned, rest_at = places(movement.mover, rest)
    turned, at = places(movement.mover, movement.coordinates)
    world = {"root": Y_UP @ turned["pelvis"] @ rest_turned["pelvis"].T @ Y_UP.T}
    unit = 0.45 / 0.0254
    rng = np.random.default_rng(1)
    asf = [":version 1.10", ":name own", ":units", "  mass 1.0", f"  length {0.45}", "  angle deg", ":root"]
    asf += ["  order TX TY TZ RX RY RZ", "  axis XYZ", "  position 0 0 0", "  orientation 0 0 0", ":bonedata"]
    table = {
        "root": np.hstack([unit * at["Hips"] @ Y_UP.T, np.degrees(to_cardan(world["root"], "ZYX"))[:, ::-1]])
    }
    for number, (bone, (parent, start, end, body)) in enumerate(ASF_BONES.items(), start=1):
        along = Y_UP @ (rest_at[end] - rest_at[start])
        length = np.linalg.norm(along)
        axis = rng.uniform(-90, 90, 3)
        asf += ["  begin", f"     id {number}", f"     name {bone}"]
        asf += [
            "     direction " + " ".join(f"{v:.9g}" for v in along / length),
            f"     length {length * unit:.9g}",
        ]
        asf += ["     axis " + " ".join(f"{v:.9g}" for v in axis) + "  XYZ"]
        world[bone] = Y_UP @ turned[body] @ rest_turned[body].T @ Y_UP.T if body else world[parent]
        if body:
            asf += [
                "    dof rx ry rz",
                "    limits (-180 180)",
                "           (-180 180)",
                "           (-180 180)",
            ]
            axes = from_cardan(np.radians(axis[::-1]), "ZYX")
            local = axes.T @ world[parent].swapaxes(1, 2) @ world[bone] @ axes
            table[bone] = np.degrees(to_cardan(local, "ZYX"))[:, ::-1]
        asf += ["  end"]
    asf += [":hierarchy", "  begin"]
    for bone, (parent, *_) in ASF_BONES.items():
        asf += [f"    {parent} {bone}"]
    asf += ["  end"]
    (folder / "own.asf").write_text("\n".join(asf) + "\n")
    amc = ["#!OML:ASF", ":FULLY-SPECIFIED", ":DEGREES"]
    for t in range(FRAMES):
        amc += [
            str(t + 1),
            *(f"{bone} " + " ".join(f"{v:.7g}" for v in rows[t]) for bone, rows in table.items()),
        ]
    (folder / "own_01.amc").write_text("\n".join(amc) + "\n")
    return folder / "own_01.amc"


def test_an_amc_of_our_own_movement_gives_its_angles_back(tmp_path: Path) -> None:
    mover = default_mover(1.8)
    truth = lively(mover)
    path = write_asf_amc(truth, in_t_pose(mover), tmp_path)
    found = movement_from_amc(path, mover, AS_IT_WAS, source_rate_hz=50, pelvis_tilt_deg=0)
    worst, name = worst_deg(found, truth)
    assert worst < 0.5, f"{name} is off by {worst:.2f} deg"
    # CMU's rule, an inch over 0.45, makes it a person of the same size
    assert found.labels["leg_ratio"] == pytest.approx(1, rel=1e-5)
    assert "the file says so" in " ".join(found.notes)


def plain_clip(scale: float = 1.0) -> SkeletonClip:
    """A standing skeleton of legs, trunk and head that walks without moving a joint."""
    joints = ("hips", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe", "RightUpLeg", "RightLeg", "RightFoot",
              "RightToe", "head")  # fmt: skip
    parents = (-1, 0, 1, 2, 3, 0, 5, 6, 7, 0)
    rest = scale * np.array([
        [0, 0.9, 0], [0.1, 0.9, 0], [0.1, 0.5, 0], [0.1, 0.08, 0], [0.1, 0.02, 0.13], [-0.1, 0.9, 0],
        [-0.1, 0.5, 0], [-0.1, 0.08, 0], [-0.1, 0.02, 0.13], [0, 1.6, 0],
    ])  # fmt: skip
    way = scale * np.linspace(0, 2, 20)[:, None, None] * np.array([0, 0, 1.0])
    rotation = np.broadcast_to(np.eye(3), (20, 10, 3, 3))
    return SkeletonClip("plain", joints, parents, rest, rotation, rest + way, 30.0)


def test_what_a_skeleton_lacks_hangs_at_ease_and_is_told() -> None:
    found = retarget(plain_clip(), default_mover(), AS_IT_WAS)
    assert found.angle_deg("pro_sup_r").tolist() == pytest.approx([90] * 20)
    assert found.angle_deg("elbow_flex_l").tolist() == pytest.approx([15] * 20)
    assert "no torso, toes_r" in " ".join(found.notes)
    # a person at ease: the pelvis tips forward and the thighs stay vertical
    assert found.angle_deg("pelvis_tilt").mean() == pytest.approx(-10, abs=0.1)
    assert found.angle_deg("hip_flexion_r").mean() == pytest.approx(10, abs=0.5)
    assert found.angle_deg("knee_angle_r").mean() == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize(
    ("scale", "unit"), [(1, "m"), (100, "cm"), (1000, "mm"), (39.37, "inch"), (17.7, "CMU's unit")]
)
def test_the_unit_is_told_and_does_not_matter(scale: float, unit: str) -> None:
    found = retarget(plain_clip(scale), default_mover(), AS_IT_WAS)
    assert f"taken as {unit}," in " ".join(found.notes)
    own_legs_m = 0.858  # thigh and shank of the own body of 1.75 m, docs/models/own_body.md
    way = np.ptp(found.coordinates[:, found.mover.column("pelvis_tx")])
    assert way == pytest.approx(2 * own_legs_m / 0.82, rel=5e-3)


def test_exchanged_sides_are_refused() -> None:
    clip = plain_clip()
    swapped = tuple(
        name.replace("Left", "?").replace("Right", "Left").replace("?", "Right") for name in clip.joints
    )
    with pytest.raises(InputError, match=r"toes point backwards.*names are exchanged"):
        retarget(replace(clip, joints=swapped), default_mover(), AS_IT_WAS)


def test_unknown_names_are_listed_and_can_be_said() -> None:
    clip = plain_clip()
    nameless = replace(clip, joints=tuple(f"bone{i}" for i in range(10)))
    with pytest.raises(InputError, match=r"cannot tell which joint is pelvis, thigh_r.*bone0, bone1.*names="):
        retarget(nameless, default_mover(), AS_IT_WAS)
    said = {
        "pelvis": "bone0", "thigh_l": "bone1", "shank_l": "bone2", "foot_l": "bone3",
        "thigh_r": "bone5", "shank_r": "bone6", "foot_r": "bone7",
    }  # fmt: skip
    found = retarget(nameless, default_mover(), AS_IT_WAS, names=said)
    assert found.angle_deg("knee_angle_r").mean() == pytest.approx(0, abs=0.5)
    with pytest.raises(InputError, match="no role 'calf', joint 'bone99'"):
        retarget(nameless, default_mover(), AS_IT_WAS, names={"calf": "bone99"})
    with pytest.raises(InputError, match=r"vertical is 'up', allowed are \+x"):
        retarget(clip, default_mover(), AS_IT_WAS, vertical="up")


def test_legs_without_length_are_refused() -> None:
    clip = plain_clip()
    with pytest.raises(InputError, match="legs have no length"):
        retarget(replace(clip, position=0 * clip.position, rest=0 * clip.rest), default_mover(), AS_IT_WAS)


def test_a_rest_pose_that_is_no_posture_is_replaced_by_the_most_upright_frame(tmp_path: Path) -> None:
    # As in LAFAN1: in the rest pose every bone points along +X of its joint.
    mover = default_mover()
    truth = lively(mover)
    q = truth.coordinates.copy()
    q[7] = mover.standing  # the posture from which all others are counted
    q[7, mover.column("pelvis_tx")] = truth.coordinates[7, mover.column("pelvis_tx")]
    truth = replace(truth, coordinates=q)
    lying = np.array(mover.standing)
    for side in "rl":
        lying[mover.column(f"hip_flexion_{side}")] = np.radians(90)
        lying[mover.column(f"arm_flex_{side}")] = np.radians(90)
    path = tmp_path / "folded.bvh"
    path.write_text(bvh_text(truth, lying, "ZYX", Y_UP, 100.0, thumbs=True))
    found = movement_from_bvh(path, mover, AS_IT_WAS, pelvis_tilt_deg=0)
    assert "frame 7 of the motion, the most upright" in " ".join(found.notes)
    worst, name = worst_deg(found, truth)
    assert worst < 0.5, f"{name} is off by {worst:.2f} deg"


def test_a_clip_that_begins_on_the_side_is_read_too() -> None:
    clip = plain_clip()
    over = from_cardan([0.0, 0.0, np.pi / 2], "XYZ")  # frame 0: the hips one above the other
    rotation, position = np.array(clip.rotation), np.array(clip.position)
    rotation[0] = over
    position[0] = position[0] @ over.T
    found = retarget(replace(clip, rotation=rotation, position=position), default_mover(), AS_IT_WAS)
    upwards = found.placement.rotation[:, found.mover.model.body_index("pelvis"), 1, 1]
    assert abs(upwards[0]) < 0.1
    assert upwards[5:].min() > 0.98
