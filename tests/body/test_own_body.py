"""Our own full body: published sizes, masses, signs, symmetry, and the files are what the code makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.inverse import solve
from kinelab.body.model_file import save_model
from kinelab.body.osim import read_osim
from kinelab.body.own_body import LANDMARKS, OWN_BODY_JSON, OWN_BODY_OSIM, keypoint_markers, own_body
from kinelab.body.own_body.osim_text import osim_text
from kinelab.core.checks import Array
from kinelab.core.skeletons import SKELETONS
from kinelab.virtual_lab.solid_people.normal_gait import NORMAL_SERIES, evaluate

BODY = own_body()
STANDING = BODY.default_coordinates
HEIGHT, MASS = 1.75, 75.0


def pose(**degrees: float) -> Array:
    """The standing pose with these angles in degrees."""
    coordinates = STANDING.copy()
    for name, angle in degrees.items():
        coordinates[BODY.coordinate_index(name)] = np.radians(angle)
    return coordinates


def marker(name: str, coordinates: Array = STANDING) -> Array:
    return forward(BODY, coordinates).marker_m[..., BODY.marker_index(name), :]


def centre(joint: str, coordinates: Array = STANDING) -> Array:
    return forward(BODY, coordinates).joint_centre_m[..., BODY.joint_names.index(joint), :]


def distance(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a - b))


# The files


def test_osim_is_what_the_code_writes() -> None:
    assert OWN_BODY_OSIM.read_bytes() == osim_text().encode()


def test_json_is_the_osim(tmp_path: Path) -> None:
    save_model(read_osim(OWN_BODY_OSIM), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == OWN_BODY_JSON.read_bytes()


def test_parts() -> None:
    assert len(BODY.bodies) == 24
    assert len(BODY.coordinates) == 51
    assert len(BODY.markers) == 63
    assert set(LANDMARKS) == set(BODY.marker_names)
    locked = {c.name for c in BODY.coordinates if c.locked}
    assert locked == {
        *(
            f"{n}_{s}"
            for n in ("knee_adduction", "knee_rotation", "clav_protraction", "clav_elevation")
            for s in "rl"
        ),
        *(f"thorax_{n}" for n in ("extension", "bending", "rotation")),
    }
    for coordinate in BODY.coordinates:
        assert coordinate.range[0] < coordinate.default < coordinate.range[1], coordinate.name


# Sizes: figures of the papers, typed again here


def test_standing_height_and_flat_feet() -> None:
    assert marker("HDTP")[1] == pytest.approx(HEIGHT, abs=1e-6)
    for side in "RL":
        heights = [marker(side + name)[1] for name in ("HEE", "MT1", "MT5", "HLX")]
        assert all(0.0 < height < 0.045 for height in heights)


@pytest.mark.parametrize(
    ("upper", "lower", "share"),
    [
        ("hip", "knee", 0.530 - 0.285),  # Drillis & Contini: levels of the joints
        ("knee", "ankle", 0.285 - 0.039),
        ("acromial", "elbow", 0.2817 / 1.741),  # de Leva: lengths over his mean man's height
        ("elbow", "wrist", 0.2689 / 1.741),
    ],
)
@pytest.mark.parametrize("side", ["r", "l"])
def test_segment_lengths(upper: str, lower: str, share: float, side: str) -> None:
    length = distance(centre(f"{upper}_{side}"), centre(f"{lower}_{side}"))
    assert length == pytest.approx(share * HEIGHT, abs=1e-5)


def test_foot_length() -> None:
    assert marker("RHLX")[0] - marker("RHEE")[0] == pytest.approx(0.152 * HEIGHT, abs=1e-5)


def test_hip_centres_follow_harrington_from_the_pelvic_markers() -> None:
    """x = -0.24 depth - 9.9, y = -0.30 width - 10.9, z = 0.33 width + 7.3 mm from mid-ASIS."""
    rasi, lasi, rpsi, lpsi = (marker(n) for n in ("RASI", "LASI", "RPSI", "LPSI"))
    width, depth = distance(rasi, lasi) * 1000, distance((rasi + lasi) / 2, (rpsi + lpsi) / 2) * 1000
    expected = (rasi + lasi) / 2 + np.array(
        [-0.24 * depth - 9.9, -0.30 * width - 10.9, 0.33 * width + 7.3]
    ) / 1000
    np.testing.assert_allclose(centre("hip_r"), expected, atol=1e-6)


def test_axes_of_the_foot_lie_as_isman_and_inman_measured() -> None:
    axis = {joint.name: np.asarray(joint.rotations[0].direction) for joint in BODY.joints}
    ankle, subtalar = axis["ankle_r"], axis["subtalar_r"]
    assert np.degrees(np.arccos(-ankle[1])) == pytest.approx(82.7, abs=1e-4)  # to the shank's axis, downwards
    assert np.degrees(np.arccos(-ankle[0])) == pytest.approx(
        84.0, abs=1e-4
    )  # to the foot's midline, backwards
    assert np.degrees(np.arcsin(subtalar[1])) == pytest.approx(41.0, abs=1e-4)
    assert np.degrees(np.arctan2(-subtalar[2], subtalar[0])) == pytest.approx(23.0, abs=1e-4)
    np.testing.assert_allclose(axis["ankle_l"], ankle * (-1, -1, 1), atol=1e-9)


def test_uniform_scaling_scales_the_height() -> None:
    big = BODY.scaled(np.full((24, 3), 1.1))
    up = big.coordinate_index("pelvis_ty")
    coordinates = big.default_coordinates
    coordinates[up] *= 1.1
    assert forward(big, coordinates).marker_m[big.marker_index("HDTP"), 1] == pytest.approx(
        1.1 * HEIGHT, abs=1e-6
    )


# Masses


def test_masses_are_de_levas() -> None:
    mass = {body.name: body.mass_kg for body in BODY.bodies}
    assert BODY.mass_kg == pytest.approx(MASS, abs=1e-5)
    groups = {
        ("head",): 6.94, ("torso", "clavicle_r", "clavicle_l"): 15.96, ("lumbar",): 16.33, ("pelvis",): 11.17,
        ("femur_r",): 14.16, ("tibia_l",): 4.33, ("talus_r", "calcn_r", "toes_r"): 1.37, ("humerus_l",): 2.71,
        ("ulna_r", "radius_r"): 1.62, ("hand_l",): 0.61,
    }  # fmt: skip
    for names, percent in groups.items():
        assert sum(mass[n] for n in names) == pytest.approx(percent / 100 * MASS, abs=1e-5), names


def composite(names: tuple[str, ...]) -> tuple[float, Array, Array]:
    """Mass, centre in ground and inertia about it of several bodies standing."""
    placed = forward(BODY, STANDING)
    total, moment, about_ground = 0.0, np.zeros(3), np.zeros((3, 3))
    for name in names:
        body = BODY.bodies[BODY.body_index(name)]
        at = (
            placed.position_m[BODY.body_index(name)] + body.centre_of_mass_m
        )  # all frames are parallel to ground
        total += body.mass_kg
        moment += body.mass_kg * at
        about_ground += body.inertia_kgm2 + body.mass_kg * (at @ at * np.eye(3) - np.outer(at, at))
    middle = moment / total
    return total, middle, about_ground - total * (middle @ middle * np.eye(3) - np.outer(middle, middle))


@pytest.mark.parametrize(
    ("names", "length", "radii"),
    [
        (("femur_r",), (0.530 - 0.285) * HEIGHT, (0.329, 0.149, 0.329)),
        (("tibia_l",), (0.285 - 0.039) * HEIGHT, (0.251, 0.102, 0.246)),
        (("talus_r", "calcn_r", "toes_r"), 0.152 * HEIGHT, (0.124, 0.245, 0.257)),
        (("ulna_l", "radius_l"), 0.2689 * HEIGHT / 1.741, (0.276, 0.121, 0.265)),
        (("torso", "clavicle_r", "clavicle_l"), 0.1707 * HEIGHT / 1.741, (0.716, 0.659, 0.454)),
    ],
)
def test_parts_of_a_segment_have_the_tables_inertia(
    names: tuple[str, ...], length: float, radii: tuple[float, float, float]
) -> None:
    mass, _, inertia = composite(names)
    np.testing.assert_allclose(inertia, np.diag(mass * np.square(np.array(radii) * length)), atol=2e-6)


def test_every_inertia_is_that_of_a_possible_solid() -> None:
    for body in BODY.bodies:
        small, middle, large = np.linalg.eigvalsh(body.inertia_kgm2)
        assert small > 0, body.name
        assert small + middle > large, body.name


def test_centre_of_mass_is_where_people_have_it() -> None:
    """0.55 to 0.57 of the height (men standing; Zatsiorsky 2002), over the feet, on the mid-line."""
    _, middle, _ = composite(BODY.body_names)
    assert 0.55 < middle[1] / HEIGHT < 0.57
    assert marker("RHEE")[0] < middle[0] < marker("RMT1")[0]
    assert middle[2] == pytest.approx(0, abs=1e-9)


# Movement


@pytest.mark.parametrize("side", ["r", "l"])
@pytest.mark.parametrize(
    ("coordinate", "point", "direction"),
    [
        ("hip_flexion", "KNE", (1, 0, 0)),
        ("hip_adduction", "KNE", (0, 0, -1)),  # inwards
        ("hip_rotation", "TOE", (0, 0, -1)),  # toes in
        ("knee_angle", "HEE", (-1, 0, 0)),
        ("ankle_angle", "TOE", (0, 1, 0)),
        ("subtalar_angle", "TOE", (0, 0, -1)),  # inversion turns the toes in
        ("mtp_angle", "HLX", (0, -1, 0)),  # toes down, as in Rajagopal2016
        ("clav_protraction", "SHO", (1, 0, 0)),
        ("clav_elevation", "SHO", (0, 1, 0)),
        ("arm_flex", "ELB", (1, 0, 0)),
        ("arm_add", "ELM", (0, 0, -1)),
        ("arm_rot", "ELB", (1, 0, 0)),  # inwards: the outer epicondyle comes forward
        ("elbow_flex", "WRA", (1, 0, 0)),
        ("pro_sup", "WRA", (1, 0, 0)),  # pronation: the thumb comes forward
        ("wrist_flex", "FIN", (1, 0, 0)),
        ("wrist_dev", "FIN", (0, 0, -1)),  # towards the little finger
    ],
)
def test_positive_means_the_same_on_both_sides(
    side: str, coordinate: str, point: str, direction: tuple[int, int, int]
) -> None:
    name = side.upper() + point
    moved = marker(name, pose(**{f"{coordinate}_{side}": 10})) - marker(name)
    outwards = np.array([1, 1, 1 if side == "r" else -1])
    assert moved @ (outwards * direction) > 0.3 * np.linalg.norm(moved) > 0


@pytest.mark.parametrize("side", ["r", "l"])
def test_inversion_lifts_the_inner_edge_of_the_foot(side: str) -> None:
    turned = pose(**{f"subtalar_angle_{side}": 10})
    inner, outer = (marker(f"{side.upper()}MT{n}", turned) - marker(f"{side.upper()}MT{n}") for n in (1, 5))
    assert inner[1] - outer[1] > 0.010


@pytest.mark.parametrize(
    ("coordinate", "point", "direction"),
    [
        ("pelvis_tilt", "SACR", (0, -1, 0)),  # backward tilt positive
        ("pelvis_list", "RASI", (0, -1, 0)),
        ("pelvis_rotation", "RASI", (1, 0, 0)),
        ("lumbar_extension", "C7", (-1, 0, 0)),
        ("thorax_bending", "C7", (0, 0, 1)),
        ("neck_rotation", "RFHD", (1, 0, 0)),
    ],
)
def test_signs_of_the_trunk(coordinate: str, point: str, direction: tuple[int, int, int]) -> None:
    moved = marker(point, pose(**{coordinate: 10})) - marker(point)
    assert moved @ direction > 0.3 * np.linalg.norm(moved) > 0


@pytest.mark.shared
def test_signs_and_axes_are_rajagopals(shared_data: Path) -> None:
    """Each shared coordinate turns the distal body the same way, within 25 degrees of axis."""
    theirs = read_osim(shared_data / "opensim" / "rajagopal_models" / "Rajagopal2016.osim")
    distal = {
        "hip_flexion": "femur", "hip_adduction": "femur", "hip_rotation": "femur", "knee_angle": "tibia",
        "ankle_angle": "talus", "subtalar_angle": "calcn", "mtp_angle": "toes", "arm_flex": "humerus",
        "arm_add": "humerus", "arm_rot": "humerus", "elbow_flex": "ulna", "pro_sup": "radius",
    }  # fmt: skip
    pairs = [(f"{c}_{s}", f"{b}_{s}") for c, b in distal.items() for s in "rl"]
    pairs += [(f"pelvis_{n}", "pelvis") for n in ("tilt", "list", "rotation")]
    pairs += [(f"lumbar_{n}", "torso") for n in ("extension", "bending", "rotation")]
    for coordinate, body in pairs:
        axes = []
        for model in (BODY, theirs):
            steps = np.stack([model.default_coordinates] * 2)
            steps[1, model.coordinate_index(coordinate)] += 0.02
            before, after = forward(model, steps).rotation[:, model.body_index(body)]
            turn = after @ before.T
            axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
            axes.append(axis / np.linalg.norm(axis))
        limit = (
            40 if coordinate.startswith("mtp") else 25
        )  # their toes' axis is more oblique than the toes' line
        assert np.degrees(np.arccos(np.clip(axes[0] @ axes[1], -1, 1))) < limit, coordinate


def mirrored(coordinates: Array) -> Array:
    """The mirror image of poses (T, C): sides exchanged, what turns about X or Y on the mid-line negated."""
    result = coordinates.copy()
    flipped = ("pelvis_list", "pelvis_rotation", "pelvis_tz")
    for i, name in enumerate(BODY.coordinate_names):
        if name.endswith(("_r", "_l")):
            other = name[:-1] + ("l" if name.endswith("_r") else "r")
            result[:, i] = coordinates[:, BODY.coordinate_index(other)]
        elif name in flipped or name.endswith(("_bending", "_rotation")):
            result[:, i] = -coordinates[:, i]
    return result


def test_left_is_the_mirror_image_of_right() -> None:
    low, high = np.array([c.range for c in BODY.coordinates]).T
    poses = np.random.default_rng(3).uniform(np.maximum(low, -3), np.minimum(high, 3), (50, low.size))
    here, there = forward(BODY, poses).marker_m, forward(BODY, mirrored(poses)).marker_m
    for i, name in enumerate(BODY.marker_names):
        if name == "RBAK":
            continue
        twin = {"R": "L", "L": "R"}.get(name[0], "") + name[1:]
        j = BODY.marker_index(twin) if twin in BODY.marker_names and name != "L3" else i
        np.testing.assert_allclose(there[:, j], here[:, i] * (1, 1, -1), atol=1e-7, err_msg=name)


def test_a_normal_walk_stays_on_the_ground() -> None:
    """With normal angles the lower foot stays a leg below the hips; the pelvis moves 2 to 7 cm."""
    phase = np.arange(100) / 100
    thigh, knee, ankle = evaluate(NORMAL_SERIES, phase)
    poses = np.tile(STANDING, (100, 1))
    for side, shift in (("r", 0), ("l", 50)):
        for name, curve in (("hip_flexion", thigh), ("knee_angle", knee), ("ankle_angle", ankle)):
            poses[:, BODY.coordinate_index(f"{name}_{side}")] = np.radians(np.roll(curve, shift))
    soles = [BODY.marker_index(s + n) for s in "RL" for n in ("HEE", "MT1", "MT5", "HLX")]
    lowest = forward(BODY, poses).marker_m[:, soles, 1].min(axis=1)
    assert 0.02 < np.ptp(lowest) < 0.07
    step = np.abs(np.subtract(*(marker(n, poses)[:, 0] for n in ("RHEE", "LHEE")))).max()
    assert 0.30 < step / HEIGHT < 0.50  # 0.41 of the height at free speed (Winter 1991)


# Landmarks of pose networks


def test_keypoint_markers_cover_every_landmark_set() -> None:
    names = {m.name for m in keypoint_markers()}
    for skeleton in SKELETONS.values():
        assert set(skeleton.landmarks) <= names, skeleton.name


def test_keypoints_are_the_joint_centres() -> None:
    model = BODY.with_markers(keypoint_markers())
    bent = pose(
        hip_flexion_r=40, knee_angle_r=60, ankle_angle_r=10, arm_flex_l=30, elbow_flex_l=70, pro_sup_l=80
    )
    placed = forward(model, bent)
    for keypoint, joint in {
        "right_hip": "hip_r", "right_knee": "knee_r", "right_ankle": "ankle_r", "left_shoulder": "acromial_l",
        "left_elbow": "elbow_l", "left_wrist": "wrist_l", "neck": "neck",
    }.items():  # fmt: skip
        at = placed.marker_m[model.marker_index(keypoint)]
        np.testing.assert_allclose(at, placed.joint_centre_m[model.joint_names.index(joint)], atol=2e-6)
    middle = placed.marker_m[[model.marker_index(n) for n in ("right_hip", "left_hip")]].mean(axis=0)
    np.testing.assert_allclose(placed.marker_m[model.marker_index("mid_hip")], middle, atol=2e-6)


def test_a_walk_is_found_again_from_halpe_26_landmarks_alone() -> None:
    """Joint centres and feet fix hip and knee flexion; turns about a straight limb they cannot see."""
    names = SKELETONS["halpe26"].landmarks
    model = BODY.with_markers([m for m in keypoint_markers() if m.name in names])
    phase = np.arange(12) / 12
    thigh, knee, ankle = evaluate(NORMAL_SERIES, phase)
    poses = np.tile(STANDING, (12, 1))
    for side, shift in (("r", 0), ("l", 6)):
        for name, curve in (("hip_flexion", thigh), ("knee_angle", knee), ("ankle_angle", ankle)):
            poses[:, BODY.coordinate_index(f"{name}_{side}")] = np.radians(np.roll(curve, shift))
    result = solve(model, model.marker_names, forward(model, poses).marker_m)
    assert np.nanmax(result.marker_error_m) < 0.002
    for name in ("hip_flexion", "knee_angle", "ankle_angle"):
        columns = [BODY.coordinate_index(f"{name}_{side}") for side in "rl"]
        np.testing.assert_allclose(
            result.coordinates[:, columns], poses[:, columns], atol=np.radians(1), err_msg=name
        )


def test_loads_without_opensim() -> None:
    code = (
        "import sys; from kinelab.body.own_body import own_body; own_body(); print('opensim' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert run.stdout.split() == ["False"]


def test_the_page_names_every_marker_and_coordinate() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "models" / "own_body.md").read_text()
    for name in BODY.marker_names:
        assert f"`{name if name == 'L3' or name[0] != 'L' else 'R' + name[1:]}`" in page, name
    for name in BODY.coordinate_names:
        assert f"`{name.removesuffix('_r').removesuffix('_l')}`" in page, name
