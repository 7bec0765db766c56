from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.body.motion_file import write_coordinates
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.motion_table import write_motion_table
from kinelab.gait.consensus import consensus
from kinelab.gait.detecting import detect_all
from kinelab.virtual_lab.motion.finishing import Finish, at_rate, smoothed
from kinelab.virtual_lab.motion.floor_contact import detect_contacts
from kinelab.virtual_lab.motion.floor_report import floor_report
from kinelab.virtual_lab.motion.from_amass import movement_from_amass
from kinelab.virtual_lab.motion.from_file import motion_from_file
from kinelab.virtual_lab.motion.from_mot import movement_from_mot
from kinelab.virtual_lab.motion.mover import Mover, default_mover

AS_IT_WAS = Finish(keep_feet=False, cutoff_hz=None)
MOCAP = "mocap/cmu_subset/asfamc"


def swinging(mover: Mover, n: int = 60) -> tuple[Array, Array]:
    """Times and coordinates of a person who stands on the left leg and swings the right, at 100 Hz."""
    t = np.arange(n) / 100
    q = np.tile(mover.standing, (n, 1))
    q[:, mover.column("hip_flexion_r")] = 1.2 + 0.3 * np.sin(2 * np.pi * t)
    q[:, mover.column("knee_angle_r")] = 1.2 + 0.4 * np.sin(2 * np.pi * t)
    q[:, mover.column("arm_flex_r")] = -0.4 * np.sin(2 * np.pi * t)
    return t, q


# ---- .mot


def test_a_mot_of_the_same_person_is_taken_exactly(tmp_path: Path) -> None:
    mover = default_mover(1.66)
    t, q = swinging(mover)
    write_coordinates(mover.model, t, q, tmp_path / "own.mot")
    found = movement_from_mot(tmp_path / "own.mot", mover, as_filed=True)
    np.testing.assert_allclose(found.coordinates, q, atol=1e-14)
    assert found.time.rate_hz == 100
    assert found.labels["source"] == "own.mot"


def test_a_mot_of_a_taller_person_keeps_its_angles_and_shortens_its_ways(tmp_path: Path) -> None:
    tall, child = default_mover(1.9), default_mover(1.2)
    t, q = swinging(tall)
    q[:, tall.column("pelvis_tx")] = 1.3 * t
    write_coordinates(tall.model, t, q, tmp_path / "tall.mot")
    found = motion_from_file(tmp_path / "tall.mot", child, keep_feet=False, cutoff_hz=None)
    np.testing.assert_allclose(found.angle_deg("knee_angle_r"), np.degrees(q[:, tall.column("knee_angle_r")]))
    ratio = 1.2 / 1.9
    assert np.ptp(found.coordinates[:, child.column("pelvis_tx")]) == pytest.approx(
        ratio * 1.3 * t[-1], rel=1e-6
    )
    assert found.labels["leg_ratio"] == pytest.approx(ratio, rel=1e-6)


def test_missing_coordinates_hang_at_ease_and_foreign_columns_are_told(tmp_path: Path) -> None:
    t = np.arange(20) / 50
    names = ("hip_flexion_r", "hip_flexion_l", "knee_angle_r", "knee_angle_l", "knee_angle_r_beta")
    values = np.column_stack(
        [20 * np.sin(t), -20 * np.sin(t), -30 + 20 * np.sin(t), -20 + 0 * t, 0.1 + 0 * t]
    )
    write_motion_table(tmp_path / "legs.mot", t, names, values)
    found = motion_from_file(tmp_path / "legs.mot", default_mover(), keep_feet=False, cutoff_hz=None)
    said = " ".join(found.notes)
    assert "left out: knee_angle_r_beta" in said
    assert "negative in the file, as in gait2392" in said
    np.testing.assert_allclose(found.angle_deg("knee_angle_r"), 30 - 20 * np.sin(t))
    assert found.angle_deg("pro_sup_l").tolist() == pytest.approx([90] * 20)
    assert "at ease: hip_adduction_r" in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("nRows=60", "nRows=70", "holds 60 rows, its header announces 70; the file is cut off"),
        ("endheader", "the end", "no line 'endheader'"),
        ("_r\t", "_q\t", None),
        ("inDegrees=yes", "inDegrees=no", "a joint turns by .* deg when read as radians; its header says"),
        ("hip_flexion_r\thip", "leg_lift\thip", None),
    ],
)
def test_what_is_wrong_with_a_mot(tmp_path: Path, old: str, new: str, message: str | None) -> None:
    mover = default_mover()
    path = tmp_path / "bad.mot"
    write_coordinates(mover.model, *swinging(mover), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    if message is None:  # a foreign name is no fault: it is told
        said = " ".join(motion_from_file(path, mover, keep_feet=False).notes)
        assert "left out: " in said
        return
    with pytest.raises(FileFormatError, match=message):
        motion_from_file(path, mover)


def test_a_mot_without_a_leg_or_with_a_hole_is_refused(tmp_path: Path) -> None:
    mover = default_mover()
    t, q = swinging(mover)
    write_motion_table(tmp_path / "arms.mot", t, ("arm_flex_r", "reserve"), np.zeros((60, 2)))
    with pytest.raises(
        FileFormatError, match=r"holds no coordinate of a leg; its columns are arm_flex_r, res"
    ):
        motion_from_file(tmp_path / "arms.mot", mover)
    q[41, mover.column("hip_flexion_r")] = np.nan
    write_coordinates(mover.model, t, q, tmp_path / "hole.mot")
    with pytest.raises(FileFormatError, match=r"row \d+: hip_flexion_r has no value"):
        motion_from_file(tmp_path / "hole.mot", mover)


def test_a_mot_with_a_row_left_out_has_no_uniform_time(tmp_path: Path) -> None:
    mover = default_mover()
    t, q = swinging(mover)
    keep = np.arange(60) != 30
    write_coordinates(mover.model, t[keep], q[keep], tmp_path / "gap.mot")
    with pytest.raises(FileFormatError, match=r"row \d+: time is not uniform: 0.29 s then 0.31 s"):
        motion_from_file(tmp_path / "gap.mot", mover)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "knee", "changed"),
    [
        ("opensim/pipeline_gait2392/subject01_walk1_ik.mot", (-5, 80), True),
        ("opensim/reference_ik/rajagopal_walk_acc1e-07.mot", (-5, 80), False),
        ("video/opencap_reference/Moco/exampleSquat/squats1_videoAndMocap.mot", (0, 130), False),
    ],
)
def test_motions_of_other_models(
    shared_data: Path, name: str, knee: tuple[float, float], changed: bool
) -> None:
    mover = default_mover(1.6)
    found = motion_from_file(shared_data / name, mover, 100, keep_feet=False)
    for side in "rl":
        bend = found.angle_deg(f"knee_angle_{side}")
        assert knee[0] < bend.min() < bend.max() < knee[1]
        assert bend.max() > 50
    assert any("sign was changed" in note for note in found.notes) == changed
    lowest = found.placement.marker_m[..., 1].min(axis=1)
    assert np.percentile(lowest, 20) == pytest.approx(0, abs=1e-9)
    assert found.time.rate_hz == 100


def test_angles_beyond_a_joints_range_are_held_there_and_told(tmp_path: Path) -> None:
    mover = default_mover()
    t, q = swinging(mover)
    q[:, mover.column("knee_angle_l")] = np.radians(-18)
    write_coordinates(mover.model, t, q, tmp_path / "own.mot")
    found = motion_from_file(tmp_path / "own.mot", mover, keep_feet=False)
    assert found.angle_deg("knee_angle_l").max() == pytest.approx(-10)
    assert "held there: knee_angle_l by 8" in " ".join(found.notes)


# ---- AMASS


def amass(path: Path, bend_deg: Array, *, width: int = 156, up: str = "z") -> Path:
    """A T-pose whose left knee and right hip bend, walking along +X of a room with Z (or Y) up."""
    n = len(bend_deg)
    poses = np.zeros((n, width))
    upright = Rotation.from_euler("x", 90 if up == "z" else 0, degrees=True)
    facing = Rotation.from_euler(up, 90, degrees=True)
    poses[:, :3] = (facing * upright).as_rotvec()
    poses[:, 3 * 4] = np.radians(bend_deg)  # left knee, about the axis to the person's left
    poses[:, 3 * 2] = -np.radians(bend_deg)  # right hip
    trans = np.zeros((n, 3))
    trans[:, 0] = np.linspace(0, 2, n)
    trans[:, "xyz".index(up)] = 0.9
    np.savez(path, poses=poses, trans=trans, mocap_framerate=60.0, gender="female", betas=np.zeros(16))
    return path


@pytest.mark.parametrize("up", ["z", "y"])
def test_amass_rotations_are_flexions(tmp_path: Path, up: str) -> None:
    bend_deg = 40 * (1 - np.cos(np.linspace(0, 2 * np.pi, 30)))
    found = movement_from_amass(amass(tmp_path / "a.npz", bend_deg, up=up), default_mover(1.7), AS_IT_WAS)
    for name in ("knee_angle_l", "hip_flexion_r"):
        angle = found.angle_deg(name)
        np.testing.assert_allclose(angle - angle[0], bend_deg, atol=0.5)
    for name in ("knee_angle_r", "hip_flexion_l", "elbow_flex_r", "lumbar_extension"):
        assert np.ptp(found.angle_deg(name)) < 1, name
    # arms out, palms down: a T
    assert found.angle_deg("arm_add_r").mean() == pytest.approx(-90, abs=8)
    assert found.angle_deg("pro_sup_r").mean() == pytest.approx(90, abs=5)
    # the mean body's legs are 0.79 m; the way is that of +X
    legs_m = 0.858 * 1.7 / 1.75
    way = np.ptp(found.coordinates[:, found.mover.column("pelvis_tx")])
    assert way == pytest.approx(2 * legs_m / 0.785, rel=0.02)
    assert np.ptp(found.coordinates[:, found.mover.column("pelvis_tz")]) < 0.01
    assert found.placement.marker_m[..., 1].min() > -0.02
    assert "SMPL-H motion on a mean body" in " ".join(found.notes)


# ---- ASF/AMC of CMU


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> list[Path]:
    found = sorted((shared_data / MOCAP).glob("*.amc"))
    assert len(found) == 5
    return found


@pytest.mark.shared
@pytest.mark.parametrize("height_m", [1.2, 1.75, 1.95])
def test_cmu_clips_move_people_of_any_size(clips: list[Path], height_m: float) -> None:
    mover = default_mover(height_m)
    for clip in clips:
        found = motion_from_file(clip, mover, 60, keep_feet=False)
        low, high = np.array([one.range for one in mover.model.coordinates]).T
        free = [i for i, one in enumerate(mover.model.coordinates) if one.clamped and not one.locked]
        assert (found.coordinates[:, free] >= low[free]).all(), clip.name
        assert (found.coordinates[:, free] <= high[free]).all(), clip.name
        way = found.coordinates[:, mover.column("pelvis_tx")]
        root = np.array(
            [line.split()[1:4] for line in clip.read_text().splitlines() if line.startswith("root")]
        )
        walked = root.astype(float)[[0, -1]]
        in_file_m = np.hypot(*(walked[1] - walked[0])[[0, 2]]) * 0.0254 / 0.45
        ratio = float(found.labels["leg_ratio"])
        assert way[-1] - way[0] == pytest.approx(in_file_m * ratio, rel=0.02), clip.name
        assert 0.55 < ratio * 1.75 / height_m < 1.5


@pytest.mark.shared
def test_a_cmu_walk_looks_like_one(clips: list[Path]) -> None:
    found = motion_from_file(clips[0], default_mover(1.75), keep_feet=False)
    assert found.time.rate_hz == 120
    # 02_01 is "walk" by CMU's list: a comfortable speed
    way = found.coordinates[:, found.mover.column("pelvis_tx")]
    assert 1.0 < (way[-1] - way[0]) / found.time.duration_s < 1.5
    for side in "rl":
        assert 40 < np.ptp(found.angle_deg(f"hip_flexion_{side}")) < 65
        assert 50 < np.ptp(found.angle_deg(f"knee_angle_{side}")) < 75
        # the subject's marker-based pose has bent elbows and palms at the thighs, as people walk
        assert 70 < found.angle_deg(f"pro_sup_{side}").mean() < 130
        assert np.abs(found.angle_deg(f"hip_adduction_{side}")).max() < 20
        assert abs(found.angle_deg(f"subtalar_angle_{side}").mean()) < 10
    assert np.corrcoef(found.angle_deg("hip_flexion_r"), found.angle_deg("arm_flex_l"))[0, 1] > 0.7
    assert np.corrcoef(found.angle_deg("hip_flexion_r"), found.angle_deg("hip_flexion_l"))[0, 1] < -0.7


@pytest.mark.shared
def test_knees_that_the_file_clips_are_told(clips: list[Path]) -> None:
    said = " ".join(motion_from_file(clips[3], default_mover(), 60, keep_feet=False).notes)
    assert "rtibia stands still at -0.0 deg in 12% of the frames" in said
    assert "clipped at the end of its range" in said


def test_an_amc_needs_its_skeleton(tmp_path: Path) -> None:
    (tmp_path / "07_01.amc").write_text(":FULLY-SPECIFIED\n1\n")
    with pytest.raises(
        InputError, match=r"an .amc needs its skeleton, an .asf file; beside it there is none"
    ):
        motion_from_file(tmp_path / "07_01.amc", default_mover())
    for name in ("a.asf", "b.asf"):
        (tmp_path / name).write_text("")
    with pytest.raises(InputError, match=r"beside it there is a.asf, b.asf"):
        motion_from_file(tmp_path / "07_01.amc", default_mover())
    with pytest.raises(InputError, match="source_rate_hz is 0"):
        motion_from_file(tmp_path / "07_01.amc", default_mover(), source_rate_hz=0)


# ---- the door


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.txt", r"is no motion that is read here \(.txt\); read are .amc, .bvh"),
        ("a", r"\(no suffix\)"),
        ("a.asf", "the .asf is the skeleton: give the .amc"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(FileFormatError, match=message):
        motion_from_file(tmp_path / name, default_mover())


def test_options_of_another_kind_of_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"go with .amc files; a .bvh holds both"):
        motion_from_file(tmp_path / "a.bvh", default_mover(), source_rate_hz=60)
    with pytest.raises(InputError, match="rate_hz is 0, expected 1 to 10000"):
        motion_from_file(tmp_path / "a.bvh", default_mover(), 0)


def test_another_rate_keeps_what_it_can_hold() -> None:
    t = np.arange(400) / 200
    slow, fast = np.sin(2 * np.pi * 2 * t), np.sin(2 * np.pi * 60 * t)
    both, finish = np.column_stack([slow, slow + fast]), Finish(50, cutoff_hz=None)
    kept, notes = smoothed(Timebase(200, 400), both, finish)
    time, values, _ = at_rate(Timebase(200, 400), kept, 50)
    assert (time.rate_hz, time.n) == (50, 100)
    inside = slice(10, -10)
    wanted = np.sin(2 * np.pi * 2 * time.time_s)
    np.testing.assert_allclose(values[inside, 0], wanted[inside], atol=2e-3)
    np.testing.assert_allclose(values[inside, 1], wanted[inside], atol=2e-2)  # 60 Hz would alias to 10 Hz
    assert notes == ("low-pass filtered at 20 Hz",)
    time, values, _ = at_rate(Timebase(50, 100), values, 200)
    assert (time.rate_hz, time.n) == (200, 397)
    np.testing.assert_allclose(values[40:-40, 0], np.sin(2 * np.pi * 2 * time.time_s)[40:-40], atol=2e-3)


def test_the_filter_is_the_lower_of_both_and_none_where_the_rate_is_low() -> None:
    values = np.zeros((100, 2))
    assert smoothed(Timebase(120, 100), values, Finish(100))[1] == ("low-pass filtered at 12 Hz",)
    assert smoothed(Timebase(120, 100), values, Finish(20))[1] == ("low-pass filtered at 8 Hz",)
    assert smoothed(Timebase(25, 100), values, Finish())[1] == ()
    with pytest.raises(InputError, match="cutoff_hz is 0"):
        Finish(cutoff_hz=0)


@pytest.mark.shared
def test_a_cmu_walk_does_not_shake(clips: list[Path]) -> None:
    shaking_mps2 = {}
    for cutoff_hz in (None, 12.0):
        found = motion_from_file(clips[0], default_mover(), 100, keep_feet=False, cutoff_hz=cutoff_hz)
        way = found.coordinates[:, found.mover.column("pelvis_tx")]
        shaking_mps2[cutoff_hz] = np.sqrt(np.mean(np.diff(way, 2) ** 2)) * 100**2
    assert shaking_mps2[None] > 6
    assert shaking_mps2[12.0] < shaking_mps2[None] / 2


@pytest.mark.shared
def test_feet_of_real_clips_are_held_on_the_floor(clips: list[Path]) -> None:
    mover = default_mover(1.75)
    for clip, level in ((clips[0], True), (clips[3], False)):  # 03_01: "walk on uneven terrain"
        nominal = motion_from_file(clip, mover, 60, keep_feet=False)
        found = motion_from_file(clip, mover, 60)
        contacts = detect_contacts(nominal)
        before, after = floor_report(nominal, contacts), floor_report(found, contacts)
        assert before.penetration_max_mm > 10
        assert after.penetration_max_mm < 5
        assert after.slide_p95_mm < before.slide_p95_mm
        assert any("not level" in note for note in found.notes) == (not level)
        moved_deg = np.degrees(np.abs(found.coordinates - nominal.coordinates))
        assert np.median(moved_deg[:, mover.column("knee_angle_r")]) < 5


@pytest.mark.shared
def test_our_gait_room_finds_the_steps_of_a_cmu_walk(clips: list[Path]) -> None:
    mover = default_mover(1.75)
    found = motion_from_file(clips[0], mover, 100, keep_feet=False)
    markers = keypoint_markers()
    model = own_body().with_markers(markers).scaled(mover.scale)
    planar = forward(model, found.coordinates).marker_m[..., :2]
    seen = np.ones(planar.shape[:2])
    names = tuple(marker.name for marker in markers)
    keypoints = Keypoints(Skeleton("own", names), found.time.time_s, planar, seen, "m")
    events = consensus(detect_all(keypoints).events)
    assert len(events.kind) >= 8  # 2.9 s: some five steps
    contacts = sorted((*events.times("left", "ic"), *events.times("right", "ic")))
    step_s = np.diff(contacts)
    assert 0.45 < step_s.min() < step_s.max() < 0.70
    assert np.ptp(step_s) < 0.1
