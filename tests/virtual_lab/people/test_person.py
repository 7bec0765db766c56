"""People who move: exact angles and markers, limbs that keep their girth, the exported model the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.inverse import solve
from kinelab.body.osim import read_osim
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.people.shape import Shape

ASSET, BODY = body_asset(), own_body()
# Within these (deg) a pose has one set of angles only: arms turned past the vertical can be named in two
# ways.
_NATURAL = {
    "pelvis": (-30, 30), "hip_flexion": (-20, 100), "lumbar": (-35, 15), "arm_flex": (-30, 80),
    "arm_add": (-70, 5), "arm_rot": (-45, 45), "pro_sup": (20, 120), "wrist_flex": (-40, 40),
}  # fmt: skip


def people(n: int, seed: int = 0) -> list[Person]:
    rng = np.random.default_rng(seed)
    return [make_person(draw_shape(rng, "children" if k % 4 == 3 else "adults"), None) for k in range(n)]


def random_poses(n: int, seed: int) -> Array:
    """Every unlocked joint swings within its range, each at its own pace; (n, C), 50 frames a second."""
    rng = np.random.default_rng(seed)
    time = np.arange(n) / 50
    poses = np.repeat(BODY.default_coordinates[None], n, axis=0)
    for k, coordinate in enumerate(BODY.coordinates):
        if coordinate.locked or coordinate.motion != "rotational":
            continue
        low, high = np.degrees(coordinate.range) * 0.8
        low, high = next((v for name, v in _NATURAL.items() if coordinate.name.startswith(name)), (low, high))
        swing = np.sin(2 * np.pi * (rng.uniform(0.3, 1.0) * time + rng.uniform()))
        poses[:, k] = np.radians((low + high) / 2 + swing * (high - low) / 2)
    return poses


def girth_m(vertex: Array, of: Array, begin: Array, end: Array, share: float) -> float:
    """Mean distance from the line of two joints of the skin `of` (V,) near a share of the way."""
    axis = (end - begin) / np.linalg.norm(end - begin)
    along = (vertex - begin) @ axis / np.linalg.norm(end - begin)
    near = of & (np.abs(along - share) < 0.06)
    return float(np.linalg.norm(np.cross(vertex[near] - begin, axis), axis=1).mean())


def test_inverse_kinematics_gives_the_angles_back() -> None:
    for k, person in enumerate(people(3)):
        poses = random_poses(60, seed=k)
        seen = forward(person.model, poses).marker_m
        found = solve(person.model, person.model.marker_names, seen).coordinates
        assert np.abs(forward(person.model, found).marker_m - seen).max() < 1e-8
        # The pelvis may be named in two ways too; its attitude is what counts.
        turned = forward(person.model, found).rotation
        np.testing.assert_allclose(turned, forward(person.model, poses).rotation, atol=1e-7)
        assert np.degrees(np.abs(found - poses)[:, 6:]).max() < 0.01


def exported(person: Person, path: Path) -> Path:
    factors = dict(zip(BODY.body_names, person.mover.scale, strict=True))
    write_scaled_osim(
        OWN_BODY_OSIM, factors, path, mass_kg=person.shape.mass_kg, markers=person.model.markers
    )
    return path


def write_markers(path: Path, names: tuple[str, ...], marker_m: Array) -> None:
    """A .trc at 50 Hz with all digits."""
    n, head = len(marker_m), "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate"
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        f"{head}\tOrigDataStartFrame\tOrigNumFrames",
        f"50\t50\t{n}\t{len(names)}\tm\t50\t1\t{n}",
        "Frame#\tTime\t" + "\t\t\t".join(names),
        "\t\t" + "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, len(names) + 1)),
        "",
    ]
    for t, frame in enumerate(marker_m):
        lines.append("\t".join([str(t + 1), f"{t / 50:.3f}", *(f"{x:.12f}" for x in frame.ravel())]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_opensim_gives_the_angles_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark of issue 4, on a drawn person: OpenSim's own tool on the exported model and rigid markers."""
    opensim = pytest.importorskip("opensim")
    opensim.Logger.setLevelString("Off")
    monkeypatch.chdir(tmp_path)  # it writes beside itself
    person, poses = people(1, seed=9)[0], random_poses(3, seed=0)
    write_markers(tmp_path / "moves.trc", person.model.marker_names, forward(person.model, poses).marker_m)
    tool, model = opensim.InverseKinematicsTool(), opensim.Model(str(exported(person, tmp_path / "p.osim")))
    tool.setModel(model)
    tool.setMarkerDataFileName("moves.trc")
    tool.setStartTime(0.0)
    tool.setEndTime(2 / 50)
    tool.set_accuracy(1e-9)
    tool.setOutputMotionFileName("found.mot")
    for name in person.model.marker_names:
        task = opensim.IKMarkerTask()
        task.setName(name)
        task.setWeight(1.0)
        tool.upd_IKTaskSet().cloneAndAppend(task)
    assert tool.run()
    found = opensim.TimeSeriesTable("found.mot")
    for k, coordinate in enumerate(BODY.coordinates):
        if coordinate.motion == "rotational":
            angles = found.getDependentColumn(coordinate.name).to_numpy()
            np.testing.assert_allclose(angles, np.degrees(poses[:, k]), atol=0.01, err_msg=coordinate.name)


def test_the_exported_model_is_the_persons(tmp_path: Path) -> None:
    pytest.importorskip("opensim")
    person = people(1, seed=2)[0]
    written, poses = read_osim(exported(person, tmp_path / "person.osim")), random_poses(10, seed=3)
    ours, theirs = forward(person.model, poses), forward(written, poses)
    np.testing.assert_allclose(theirs.position_m, ours.position_m, atol=1e-9)
    np.testing.assert_allclose(theirs.marker_m, ours.marker_m, atol=1e-9)
    assert written.mass_kg == pytest.approx(person.shape.mass_kg, rel=1e-9)
    assert person.model.mass_kg == pytest.approx(person.shape.mass_kg, rel=1e-9)


def test_mover_and_person_are_one_skeleton() -> None:
    person, poses = people(1, seed=4)[0], random_poses(5, seed=5)
    moved, marked = forward(person.mover.model, poses), forward(person.model, poses)
    np.testing.assert_allclose(moved.position_m, marked.position_m, atol=1e-12)
    assert person.mover.height_m == person.shape.height_m


@pytest.mark.parametrize(
    ("pose", "bone", "share", "least"),
    [
        ({"knee_angle": 120.0, "hip_flexion": 30.0}, ("hip_r", "knee_r", "thigh"), 0.85, 0.75),
        ({"knee_angle": 120.0, "hip_flexion": 30.0}, ("knee_r", "ankle_r", "shank"), 0.2, 0.7),
        ({"elbow_flex": 140.0}, ("acromial_r", "elbow_r", "upper_arm"), 0.85, 0.7),
        ({"elbow_flex": 140.0}, ("elbow_r", "wrist_r", "forearm"), 0.2, 0.7),
        ({"arm_add": -130.0, "clav_elevation": 30.0}, ("acromial_r", "elbow_r", "upper_arm"), 0.3, 0.75),
        ({"hip_flexion": 100.0}, ("hip_r", "knee_r", "thigh"), 0.4, 0.8),
        ({"pro_sup": 140.0}, ("elbow_r", "wrist_r", "forearm"), 0.75, 0.85),
    ],
)
def test_limbs_keep_their_girth(
    pose: dict[str, float], bone: tuple[str, str, str], share: float, least: float
) -> None:
    """Blended skin pinches at joints; it keeps at least 70 to 85 % of the girth it has in standing."""
    begin, end, area = bone
    of = (ASSET.region[area] > 0) & (np.arange(len(ASSET.area)) < ASSET.half)
    for person in people(4, seed=6):
        girths = []
        for angles in ({}, pose):
            coordinates = person.mover.standing.copy()
            for name, angle in angles.items():
                for side in ("", "_r", "_l"):
                    if name + side in BODY.coordinate_names:
                        coordinates[person.mover.column(name + side)] = np.radians(angle)
            placed = forward(person.mover.model, coordinates)
            at = dict(zip(BODY.joint_names, placed.joint_centre_m, strict=True))
            vertex = person.vertices(placed.rotation, placed.position_m).astype(float)
            girths.append(girth_m(vertex, of, at[begin], at[end], share))
        assert least < girths[1] / girths[0] < 1.35


def test_same_shape_same_person() -> None:
    one, two = (make_person(Shape("female", 28, 1.68, 60), None, "a") for _ in range(2))
    np.testing.assert_array_equal(one.surface.rest_m, two.surface.rest_m)
    np.testing.assert_array_equal(one.mover.scale, two.mover.scale)
    assert one.id == "a"


def test_an_unknown_kind_of_body_is_told() -> None:
    with pytest.raises(InputError, match="body is 'clay', allowed are 'mesh', 'solids'"):
        make_person(Shape("female", 28, 1.68, 60), None, body="clay")  # type: ignore[arg-type]


def test_landmarks_and_markers_need_no_model_of_their_own() -> None:
    person = make_person(Shape("female", 41, 1.62, 71), None)
    pose = np.stack([person.mover.standing, person.mover.standing + 0.1])
    placed = forward(person.mover.model, pose)
    for found, model in (
        (person.landmarks_at(placed), person.landmark_model),
        (person.markers_at(placed), person.model),
    ):
        np.testing.assert_allclose(found, forward(model, pose).marker_m, atol=1e-12)
