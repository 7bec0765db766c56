"""Virtual skin markers: OpenSim and kinelab find the pose again; faults have the size that was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.osim import read_osim
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.opensim_files import read_trc, write_trc
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.sensors.skin_markers import (
    LABORATORY,
    MISPLACED_MM,
    RIGID,
    MarkerQuality,
    film_markers,
    stand_still,
    wear_markers,
    with_plates,
)

FREE = [i for i, coordinate in enumerate(own_body().coordinates) if not coordinate.locked]


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Path]:
    """OpenSim's tools write beside themselves: an empty folder, and no log."""
    import opensim

    opensim.Logger.setLevelString("Off")
    here = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(here)


def filmed(movement: Movement, quality: MarkerQuality, seed: int = 0) -> tuple:
    worn = wear_markers(own_body().scaled(movement.mover.scale), quality, np.random.default_rng(seed))
    return worn, film_markers(worn, movement, quality, np.random.default_rng(seed + 1))


def opensim_angles(model: Path, markers: Path, names: tuple[str, ...], end_s: float) -> Array:
    """Free coordinates (T, F), deg or m, by OpenSim's own tool, converged."""
    import opensim

    tool = opensim.InverseKinematicsTool()
    loaded = opensim.Model(str(model))
    tool.setModel(loaded)
    tool.setMarkerDataFileName(str(markers))
    tool.setStartTime(0.0)
    tool.setEndTime(end_s)
    tool.set_accuracy(1e-9)
    tool.setOutputMotionFileName("found.mot")
    for name in names:
        task = opensim.IKMarkerTask()
        task.setName(name)
        task.setWeight(1.0)
        tool.upd_IKTaskSet().cloneAndAppend(task)
    assert tool.run()
    table = opensim.TimeSeriesTable("found.mot")
    labels = [own_body().coordinate_names[i] for i in FREE]
    return np.column_stack([table.getDependentColumn(label).to_numpy() for label in labels])


def in_degrees(coordinates: Array) -> Array:
    unit = [1.0 if own_body().coordinates[i].unit == "m" else 180 / np.pi for i in FREE]
    return np.asarray(coordinates[:, FREE] * unit)


def test_opensim_finds_the_angles_of_the_exported_model_to_a_hundredth_of_a_degree(wave, quiet: Path) -> None:
    """Mark of issue 4. All 40 unlocked coordinates are compared: 63 markers show every one of them."""
    movement = wave(20.0, 0.3)
    body = own_body()
    factors = dict(zip(body.body_names, movement.mover.scale, strict=True))
    write_scaled_osim(OWN_BODY_OSIM, factors, "person.osim", mass_kg=75.0)
    _, trial = filmed(movement, RIGID)
    write_trc(trial.markers, "trial.trc")
    found = opensim_angles(quiet / "person.osim", quiet / "trial.trc", body.marker_names, 0.3)
    truth = in_degrees(movement.coordinates)[: len(found)]
    assert len(found) >= 6
    assert len(FREE) == 40
    assert np.abs(found - truth).max() < 0.01


def test_our_own_solve_finds_them_to_a_millionth(wave) -> None:
    movement = wave(50.0, 0.4)
    model = own_body().scaled(movement.mover.scale)
    _, trial = filmed(movement, RIGID)
    found = solve(model, model.marker_names, trial.markers.position, settings=IkSettings(starts=0))
    error = np.abs(in_degrees(found.coordinates) - in_degrees(movement.coordinates))
    assert error.max() < 1e-4
    np.testing.assert_allclose(trial.ideal_m, forward(model, movement.coordinates).marker_m, atol=1e-9)


def test_soft_tissue_costs_what_was_published(wave) -> None:
    """Against bone pins 2 to 5 deg in flexion (Leardini et al. 2005); a whole model shares it out."""
    movement = wave(50.0, 1.0, size=0.4)
    model = own_body().scaled(movement.mover.scale)
    quality = MarkerQuality(tissue=1.0)
    rms = {}
    for seed in range(3):
        _, trial = filmed(movement, quality, seed)
        found = solve(model, model.marker_names, trial.markers.position, settings=IkSettings(starts=0))
        error = np.degrees(found.coordinates - movement.coordinates)
        for name in ("hip_flexion_r", "knee_angle_r", "hip_rotation_r"):
            column = error[:, model.coordinate_index(name)]
            rms.setdefault(name, []).append(np.sqrt(np.mean(column**2)))
    means = {name: float(np.mean(values)) for name, values in rms.items()}
    assert 0.3 < means["knee_angle_r"] < 6
    assert 0.3 < means["hip_flexion_r"] < 6
    assert means["hip_rotation_r"] > 0.5


def test_misplacement_is_drawn_once_a_session_with_the_spread_of_the_landmark(mover: Mover) -> None:
    model = own_body().scaled(mover.scale)
    quality = MarkerQuality(misplacement=1.0)
    sessions = [wear_markers(model, quality, np.random.default_rng(seed)) for seed in range(400)]
    missed_mm = 1000 * np.array([one.place_m - one.intended_m for one in sessions])
    rms = np.sqrt((missed_mm**2).sum(axis=2).mean(axis=0))
    for name, expected in (("RASI", MISPLACED_MM["ASI"]), ("LKNE", MISPLACED_MM["KNE"]), ("RTHI", 15.0)):
        assert rms[model.marker_index(name)] == pytest.approx(expected, rel=0.1)
    still = stand_still(mover)
    trials = [film_markers(sessions[0], still, quality, np.random.default_rng(seed)) for seed in (1, 2)]
    np.testing.assert_array_equal(trials[0].markers.position, trials[1].markers.position)


def test_the_static_trial_stands_upright_on_the_floor(mover: Mover) -> None:
    worn = wear_markers(own_body().scaled(mover.scale), RIGID, np.random.default_rng(0))
    trial = film_markers(worn, stand_still(mover), RIGID, np.random.default_rng(0), rate_hz=50.0)
    markers = trial.markers
    assert markers.rate_hz == pytest.approx(50)
    assert 0 < markers.of("RHEE")[0, 1] < 0.08 < 1.5 < markers.of("HDTP")[0, 1]
    assert markers.of("RWRA")[0, 2] > markers.of("RGTR")[0, 2]  # the wrist does not hide the hip
    assert np.ptp(markers.position, axis=0).max() < 1e-9


def test_plates_move_as_one_piece(wave) -> None:
    movement = wave(100.0, 1.0)
    model = with_plates(own_body().scaled(movement.mover.scale))
    quality = MarkerQuality(misplacement=1.0, tissue=1.0)
    worn = wear_markers(model, quality, np.random.default_rng(3))
    trial = film_markers(worn, movement, quality, np.random.default_rng(4))
    for site in ("RTHI", "LTIB"):
        corner = np.stack([trial.markers.of(f"{site}{k}") for k in (1, 2, 3, 4)], axis=1)
        sides = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2)
        np.testing.assert_allclose(sides, np.broadcast_to(sides[0], sides.shape), atol=1e-9)
        assert 0.04 < sides.min() < sides.max() < 0.12
    free = np.linalg.norm(trial.markers.of("RKNE") - trial.markers.of("RTHI"), axis=1)
    assert np.ptp(free) > 0.005


def test_cameras_add_noise_and_lose_markers(wave) -> None:
    movement = wave(100.0, 3.0)
    quality = MarkerQuality(noise_sd_m=0.001, gaps_per_min=20.0, gap_s=0.2)
    _, trial = filmed(movement, quality)
    noise = (trial.markers.position - trial.skin_m)[~trial.hidden]
    assert noise.std() == pytest.approx(0.001, rel=0.02)
    assert trial.hidden.mean() == pytest.approx(20 / 60 * 0.2, rel=0.35)
    np.testing.assert_array_equal(trial.markers.seen, ~trial.hidden)
    assert not trial.false.any()


def test_swapped_labels_and_reflections_are_told(wave) -> None:
    movement = wave(100.0, 3.0)
    _, trial = filmed(movement, MarkerQuality(swaps_per_min=100.0))
    off = np.linalg.norm(trial.markers.position - trial.skin_m, axis=2)
    np.testing.assert_array_equal(off > 1e-9, trial.false)
    t = int(np.flatnonzero(trial.false.any(axis=1))[0])
    first, second = np.flatnonzero(trial.false[t])[:2]
    np.testing.assert_allclose(trial.markers.position[t, first], trial.skin_m[t, second])
    _, trial = filmed(movement, MarkerQuality(swaps_per_min=3000.0))  # many exchange what was exchanged
    off = np.linalg.norm(trial.markers.position - trial.skin_m, axis=2)
    np.testing.assert_array_equal(off > 1e-9, trial.false)
    _, trial = filmed(movement, MarkerQuality(ghosts_per_min=60.0))
    off = np.linalg.norm(trial.markers.position - trial.skin_m, axis=2)
    np.testing.assert_array_equal(off > 1e-9, trial.false)
    assert 0.05 < np.median(off[trial.false]) < 0.6


def test_the_file_reads_back(wave, tmp_path: Path) -> None:
    _, trial = filmed(wave(100.0, 0.2), LABORATORY)
    write_trc(trial.markers, tmp_path / "t.trc")
    again = read_trc(tmp_path / "t.trc")
    assert again.skeleton.landmarks == trial.markers.skeleton.landmarks
    np.testing.assert_array_equal(again.position, trial.markers.position)


def test_the_exported_model_is_the_movers(mover: Mover, quiet: Path) -> None:
    factors = dict(zip(own_body().body_names, mover.scale, strict=True))
    write_scaled_osim(OWN_BODY_OSIM, factors, "person.osim")
    again = read_osim(quiet / "person.osim")
    ours = own_body().scaled(mover.scale)
    pose = mover.standing.copy()
    np.testing.assert_allclose(forward(again, pose).marker_m, forward(ours, pose).marker_m, atol=1e-9)


def test_same_seed_same_bytes(wave) -> None:
    movement = wave(100.0, 0.5)
    first, second = (filmed(movement, LABORATORY, 9)[1] for _ in range(2))
    assert first.markers.position.tobytes() == second.markers.position.tobytes()


def test_impossible_laboratories_are_refused(wave) -> None:
    with pytest.raises(InputError, match=r"noise_sd_m is 0\.3 m; millimetres"):
        MarkerQuality(noise_sd_m=0.3)
    with pytest.raises(InputError, match="tissue is -1"):
        MarkerQuality(tissue=-1)
    movement = wave(100.0, 0.2)
    worn, _ = filmed(movement, RIGID)
    with pytest.raises(InputError, match=r"10 to 2,000 Hz, not 3"):
        film_markers(worn, movement, RIGID, np.random.default_rng(0), rate_hz=3)
