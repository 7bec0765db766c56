from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.markers.label_distances import rigidity
from kinelab.markers.labels import LabelCheck, check_labels, repair
from kinelab.markers.names import mirror_pairs
from kinelab.markers.trial import read_trial

Runner = Callable[[str, int], tuple[Keypoints, Keypoints]]


def changed(markers: Keypoints, position: np.ndarray) -> Keypoints:
    seen = np.isfinite(position).all(axis=-1)
    return dataclasses.replace(markers, position=position, confidence=np.where(seen, 1.0, np.nan))


def noisy(markers: Keypoints, sd_m: float = 0.001) -> Keypoints:
    rng = np.random.default_rng(1)
    return changed(markers, markers.position + rng.normal(0, sd_m, markers.position.shape))


def places(check: LabelCheck) -> set[tuple[str, str, int, int]]:
    return {(f.markers[0], f.markers[1], f.first, f.last) for f in check.of("swap")}


def test_a_clean_walk_has_no_faults(walker: Keypoints) -> None:
    assert check_labels(noisy(walker)).findings == ()


@pytest.mark.parametrize(
    "pair", [("RMT1", "RMT5"), ("LASI", "RASI"), ("LHEE", "RHEE"), ("RFHD", "RBHD"), ("RELB", "RELM")]
)
def test_an_exchange_is_found_to_the_frame_and_undone(walker: Keypoints, pair: tuple[str, str]) -> None:
    clean = noisy(walker)
    i, j = (walker.skeleton.index(name) for name in pair)
    position = clean.position.copy()
    position[60:85, [i, j]] = position[60:85, [j, i]]
    swapped = changed(clean, position)
    check = check_labels(swapped)
    assert places(check) == {(*pair, 60, 84), (*pair[::-1], 60, 84)}
    assert "frames 60 to 84 (0.600 to 0.840 s)" in check.findings[0].text
    assert check.findings[0].finding.level == "warning"
    np.testing.assert_array_equal(repair(swapped, check).position, clean.position)


def test_an_exchange_to_the_end_after_a_gap(walker: Keypoints) -> None:
    clean = noisy(walker)
    i, j = walker.skeleton.index("RTHI"), walker.skeleton.index("RKNE")
    position = clean.position.copy()
    position[150:, [i, j]] = position[150:, [j, i]]
    position[147:150, i] = np.nan
    check = check_labels(changed(clean, position))
    assert {(a, b) for a, b, _, last in places(check) if last == 199} == {("RTHI", "RKNE"), ("RKNE", "RTHI")}


def test_half_and_half_is_told_but_not_repaired(walker: Keypoints) -> None:
    clean = noisy(walker)
    i, j = walker.skeleton.index("RTHI"), walker.skeleton.index("RKNE")
    position = clean.position.copy()
    position[100:, [i, j]] = position[100:, [j, i]]
    swapped = changed(clean, position)
    check = check_labels(swapped)
    assert check.of("swap")
    assert not any(f.certain for f in check.of("swap"))
    assert "the other frames may be the wrong ones" in check.of("swap")[0].text
    np.testing.assert_array_equal(repair(swapped, check).position, swapped.position)


def test_a_jump_is_found_and_taken_out(walker: Keypoints) -> None:
    clean = noisy(walker)
    position = clean.position.copy()
    k = walker.skeleton.index("LANK")
    position[42, k] += (0.06, 0.03, 0.0)
    check = check_labels(changed(clean, position))
    (found,) = check.findings
    assert (found.fault, found.markers, found.first, found.last) == ("jump", ("LANK",), 42, 42)
    mended = repair(changed(clean, position), check)
    assert np.argwhere(~mended.seen).tolist() == [[42, k]]


def test_gaps_sparse_and_lost_markers(walker: Keypoints) -> None:
    position = noisy(walker).position.copy()
    for name, rows in (
        ("LASI", slice(0, 200)),
        ("RASI", slice(0, 120)),
        ("C7", slice(50, 80)),
        ("T8", slice(9, 20)),
    ):
        position[rows, walker.skeleton.index(name)] = np.nan
    check = check_labels(changed(walker, position))
    texts = {f.markers[0]: f.text for f in check.findings}
    assert texts == {
        "LASI": "LASI is never seen",
        "RASI": "RASI is seen in 40 % of the frames only",
        "C7": "C7 is not seen in frames 50 to 79 (0.500 to 0.790 s)",
    }


def test_ghost_and_frozen_markers(walker: Keypoints) -> None:
    position = noisy(walker).position.copy()
    i, j, k = (walker.skeleton.index(name) for name in ("RELB", "RWRA", "LTOE"))
    position[30:40, i] = position[30:40, j] + 0.002
    position[100:130, k] = position[100, k]
    check = check_labels(changed(walker, position))
    (double,) = check.of("double")
    assert (set(double.markers), double.first, double.last) == ({"RELB", "RWRA"}, 30, 39)
    (frozen,) = check.of("frozen")
    assert (frozen.markers, frozen.first, frozen.last) == (("LTOE",), 100, 129)
    assert "stand still to the last digit" in frozen.text


def test_a_marker_that_fell_off_is_told(walker: Keypoints) -> None:
    position = noisy(walker).position.copy()
    position[160:, walker.skeleton.index("RFHD")] += (0.05, -0.09, 0.05)
    (found,) = check_labels(changed(walker, position)).of("off")
    assert (found.markers, found.first, found.last) == (("RFHD",), 160, 199)
    assert not found.certain


def test_distances_do_not_feel_a_minority_of_wrong_frames(walker: Keypoints) -> None:
    clean = rigidity(walker.position)
    position = walker.position.copy()
    position[:60, [3, 4]] = position[:60, [4, 3]]
    assert np.nanmax(np.abs(rigidity(position).typical - clean.typical)[clean.sd < 0.005]) < 0.006
    assert (clean.mates[:, :3] >= 0).mean() > 0.9


@pytest.mark.shared
def test_the_known_faults_of_the_runners(runner: Runner) -> None:
    for speed in (25, 35):
        check = check_labels(*runner("RBDS001", speed))
        assert {f.markers for f in check.of("swap")} == {("R.MT1", "R.MT5"), ("R.MT5", "R.MT1")}
        assert all(f.certain and (f.first, f.last) == (0, 4499) for f in check.of("swap"))
    trial, static = runner("RBDS03", 25)
    check = check_labels(trial, static)
    assert {f.markers for f in check.of("swap")} == {("R.MT5", "R.MT1"), ("R.ASY", "R.MT5")}
    mended = repair(trial, check)
    assert not check_labels(mended, static).of("swap")
    length = np.nanmedian(np.linalg.norm(mended.of("R.MT1") - mended.of("R.MT5"), axis=1))
    assert length == pytest.approx(np.linalg.norm(static.of("R.MT1")[0] - static.of("R.MT5")[0]), abs=0.004)


@pytest.mark.shared
def test_without_a_static_trial_the_sides_are_compared(runner: Runner) -> None:
    (found,) = check_labels(runner("RBDS001", 25)[0]).of("swap")
    assert not found.certain
    assert "L.MT1 and L.MT5 or R.MT1 and R.MT5 are exchanged throughout" in found.text


@pytest.mark.shared
def test_no_false_alarms_in_clean_trials(runner: Runner, shared_data: Path) -> None:
    for subject, speed in (("RBDS001", 45), ("RBDS010", 35), ("RBDS022", 45), ("RBDS09", 45)):
        check = check_labels(*runner(subject, speed))
        assert {f.fault for f in check.findings} <= {"missing", "gap"}, subject
    hospitals = sorted((shared_data / "gait/c3d_hospitals").rglob("*.c3d"))
    for path in hospitals:
        check = check_labels(read_trial(path).markers)
        assert {f.fault for f in check.findings} <= {"missing", "gap"}, path


@pytest.mark.shared
def test_exchanges_put_into_real_walks_are_found(shared_data: Path) -> None:
    rng = np.random.default_rng(0)
    found = tried = 0
    for name in (
        "c3d_hospitals/Sydney/S4-AMGait03",
        "c3d_hospitals/FMC/MH0222_BP06",
        "c3d_treadmill/test_small",
    ):
        clean = read_trial(shared_data / f"gait/{name}.c3d").markers
        names = clean.skeleton.landmarks
        pairs = mirror_pairs(names)
        for _ in range(8):
            a, b = (
                pairs[rng.integers(len(pairs))] if rng.random() < 0.5 else rng.choice(names, 2, replace=False)
            )
            length = int(rng.integers(2, clean.n // 4))
            start = int(rng.integers(0, clean.n - length))
            i, j = names.index(a), names.index(b)
            position = clean.position.copy()
            position[start : start + length, [i, j]] = position[start : start + length, [j, i]]
            check = check_labels(changed(clean, position))
            tried += 1
            hit = [f for f in check.of("swap") if set(f.markers) == {a, b}]
            found += any(abs(f.first - start) <= 10 and abs(f.last - start - length + 1) <= 10 for f in hit)
    assert found >= 0.9 * tried
