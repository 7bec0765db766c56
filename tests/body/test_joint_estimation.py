from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.ik_setup import uniform_tasks
from kinelab.body.inverse import solve
from kinelab.body.joint_estimation import Estimate, EstimateSettings, estimate
from kinelab.body.joint_estimation_frames import diverse_frames
from kinelab.body.joint_estimation_groups import default_groups, mirrored, scale_basis
from kinelab.body.joint_estimation_solver import Sought, _blocks, _cost, _free
from kinelab.body.model import BodyModel
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError

BONES = (("femur_r", "tibia_r"), ("tibia_r", "talus_r"), ("humerus_r", "ulna_r"), ("femur_r", "femur_l"))


def lengths_m(model: BodyModel, scales: Array | None = None) -> Array:
    """Thigh, shank and upper arm between joint centres, and the distance of the hips."""
    centre_m = forward(model, model.default_coordinates, scales).joint_centre_m
    row = {joint.child: at for at, joint in enumerate(model.joints)}
    return np.array([np.linalg.norm(centre_m[row[a]] - centre_m[row[b]]) for a, b in BONES])


def motion(model: BodyModel, frames: int, random: np.random.Generator) -> Array:
    """Every free coordinate swings by a third of its range or 0.5, the pelvis walks 3 m."""
    phase = np.linspace(0, 2 * np.pi, frames)[:, None]
    speed = random.integers(1, 5, len(model.coordinates))
    swing = np.sin(phase * speed + random.uniform(0, 2 * np.pi, len(model.coordinates)))
    low, high = np.clip(np.array([one.range for one in model.coordinates]).T, -1.5, 1.5)
    middle = np.clip(model.default_coordinates, low, high)
    q = np.clip(middle + np.minimum(0.5, (high - low) / 3) * swing, low, high)
    for at, one in enumerate(model.coordinates):
        if one.locked or one.name in model.dependent:
            q[:, at] = one.default
        elif one.name.startswith("pelvis"):
            q[:, at] = one.default + (0.1 if one.motion == "rotational" else 0.0) * swing[:, at]
    q[:, model.coordinate_index("pelvis_tx")] += np.linspace(0, 3, frames)
    return q


class Subject:
    """A made-up person: the own body with other proportions, markers off their places, moving, with noise."""

    def __init__(self, seed: int, frames: int = 200) -> None:
        random = np.random.default_rng(seed)
        self.model = own_body()
        self.scales = np.ones((len(self.model.bodies), 3))
        size = random.normal(0, 0.08)
        for bodies in default_groups(self.model, [marker.body for marker in self.model.markers]).values():
            rows = [self.model.body_index(body) for body in bodies]
            self.scales[rows] = np.exp(size + random.normal(0, 0.05))
        self.shift_m = random.normal(0, 0.007, (len(self.model.markers), 3))
        self.q = motion(self.model, frames, random)
        placed_m = forward(self.model, self.q, self.scales, self.shift_m).marker_m
        self.marker_m = placed_m + random.normal(0, 0.003, placed_m.shape)
        self.marker_m[random.uniform(size=placed_m.shape[:2]) < 0.05] = np.nan

    def error_pct(self, found: Estimate) -> Array:
        return 100 * (lengths_m(found.model) / lengths_m(self.model, self.scales) - 1)


SHARP = EstimateSettings(measurement_sd_m=0.003, frames=30)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_known_subject_is_found_from_movement_alone(seed: int) -> None:
    subject = Subject(seed)
    found = estimate(subject.model, subject.model.marker_names, subject.marker_m, SHARP)
    assert found.converged
    error_pct = np.abs(subject.error_pct(found))
    generic_pct = 100 * np.abs(lengths_m(subject.model) / lengths_m(subject.model, subject.scales) - 1)
    assert error_pct.max() < 2.0
    assert error_pct.mean() < 0.75
    assert error_pct.mean() < 0.35 * generic_pct.mean()
    # Noise of 3 mm in each of three directions is all that is left.
    assert found.rms_m == pytest.approx(0.003 * np.sqrt(3), rel=0.15)
    # The standard deviations are true: errors in their unit have a spread of about one.
    off = (np.log(found.scales) - np.log(subject.scales)) / (found.scale_sd / found.scales)
    assert 0.4 < np.sqrt((off**2).mean()) < 1.7
    shift_off = (found.marker_shift_m - subject.shift_m) / found.marker_shift_sd_m
    assert 0.6 < np.sqrt((shift_off**2).mean()) < 1.6
    right, left = (found.scales[subject.model.body_index(name)] for name in ("tibia_r", "tibia_l"))
    np.testing.assert_array_equal(right, left)


def test_flying_and_swapped_markers_do_not_bend_the_body() -> None:
    subject = Subject(0)
    spoilt_m = subject.marker_m.copy()
    knee, ankle = (subject.model.marker_index(name) for name in ("RKNE", "RANK"))
    spoilt_m[::8, knee] += 0.5
    spoilt_m[1::8, [knee, ankle]] = spoilt_m[1::8, [ankle, knee]]
    found = estimate(subject.model, subject.model.marker_names, spoilt_m, SHARP)
    assert np.abs(subject.error_pct(found)).max() < 2.5


def test_what_no_marker_tells_keeps_the_overall_size_and_is_said() -> None:
    subject = Subject(1)
    arms = {"humerus_r", "humerus_l", "ulna_r", "ulna_l", "radius_r", "radius_l", "hand_r", "hand_l"}
    kept = [at for at, marker in enumerate(subject.model.markers) if marker.body not in arms]
    names = [subject.model.marker_names[at] for at in kept]
    found = estimate(subject.model, names, subject.marker_m[:, kept], SHARP)
    assert np.abs(subject.error_pct(found))[[0, 1]].max() < 2.0
    row = subject.model.body_index("humerus_r")
    assert found.scale_sd[row, 0] / found.scales[row, 0] > 0.05
    assert any("say little about the size of" in note and "humerus_r" in note for note in found.notes)
    assert any("the trial lacks, only scaled: RUPA" in note for note in found.notes)
    assert np.isnan(found.marker_shift_sd_m[subject.model.marker_index("RUPA")]).all()


def test_groups_axes_pins_and_mass_are_obeyed() -> None:
    subject = Subject(2, frames=60)
    settings = EstimateSettings(
        groups={"legs": ("femur_r", "tibia_r", "femur_l", "tibia_l"), "torso": ("torso",)},
        axis_sd=0.05,
        marker_sd_m={"RASI": 0.0, "": 0.01},
        mass_kg=64.0,
        frames=15,
    )
    found = estimate(subject.model, subject.model.marker_names, subject.marker_m, settings)
    leg, shank, head = (found.scales[subject.model.body_index(n)] for n in ("femur_r", "tibia_r", "head"))
    np.testing.assert_array_equal(leg, shank)
    assert np.ptp(leg) > 0
    np.testing.assert_allclose(head, head[0])
    assert np.abs(found.marker_shift_m[subject.model.marker_index("RASI")]).max() < 1e-6
    assert found.model.mass_kg == pytest.approx(64.0)
    assert found.frames.size == 15
    # The model that comes out is the one that was given, with these scales and shifts.
    again_m = forward(subject.model, found.coordinates, found.scales, found.marker_shift_m).marker_m
    np.testing.assert_allclose(forward(found.model, found.coordinates).marker_m, again_m, atol=1e-12)


def test_the_normal_equations_are_the_slope_of_the_cost() -> None:
    subject = Subject(3, frames=3)
    model, random = subject.model, np.random.default_rng(0)
    groups = default_groups(model, [marker.body for marker in model.markers])
    sought = Sought(
        model,
        subject.marker_m,
        0.02,  # of which Huber's bend is in reach
        scale_basis(model, groups, (1.0, 0.2), 0.07, 0.05),
        np.full(len(model.markers), 0.01),
        np.arange(len(model.markers)) % 2 == 0,
    )
    free = _free(model)
    q = subject.q + 0.05 * random.normal(size=subject.q.shape)
    p = 0.03 * random.normal(size=sought.scales.prior_sd.size)
    d = 0.01 * random.normal(size=(len(model.markers), 3))
    blocks = _blocks(sought, free, q, p, d)
    for _ in range(10):
        dq = np.zeros_like(q)
        dq[:, free] = random.normal(size=(3, free.size))
        dp, dd, h = random.normal(size=p.shape), random.normal(size=d.shape), 1e-6
        up = _cost(sought, q + h * dq, p + h * dp, d + h * dd)
        down = _cost(sought, q - h * dq, p - h * dp, d - h * dd)
        shared = np.concatenate([dp, dd.ravel()])
        slope = -2 * ((blocks.pose_side * dq[:, free]).sum() + blocks.shared_side @ shared)
        assert (up - down) / (2 * h) == pytest.approx(slope, rel=1e-5)


def test_frames_are_chosen_for_their_postures() -> None:
    subject = Subject(0, frames=100)
    still_m = np.repeat(subject.marker_m[:1], 900, axis=0)
    still_m += np.random.default_rng(0).normal(0, 0.001, still_m.shape)
    chosen = diverse_frames(np.concatenate([still_m, subject.marker_m]), 30)
    assert chosen.size == 30
    assert (np.diff(chosen) > 0).all()
    assert (chosen >= 900).mean() > 0.8  # a tenth of the trial, and all of its movement
    empty_m = np.full((50, 63, 3), np.nan)
    assert diverse_frames(empty_m, 10).size == 0
    both_m = np.concatenate([empty_m, subject.marker_m[:5]])
    np.testing.assert_array_equal(diverse_frames(both_m, 10), np.arange(50, 55))


def test_default_groups_follow_length_and_side() -> None:
    model = own_body()
    marked = {marker.body for marker in model.markers} - {"toes_r", "toes_l", "hand_r", "hand_l"}
    groups = set(default_groups(model, sorted(marked)).values())
    assert ("talus_r", "calcn_r", "toes_r", "talus_l", "calcn_l", "toes_l") in groups
    assert ("radius_r", "hand_r", "radius_l", "hand_l") in groups
    assert ("femur_r", "femur_l") in groups
    assert ("pelvis",) in groups
    assert mirrored("humerus", ["humerus", "humerus_l"]) == "humerus_l"
    assert mirrored("right_thigh", ["right_thigh", "left_thigh"]) == "left_thigh"
    assert mirrored("torso", ["torso", "pelvis"]) == "torso"


def test_bad_input() -> None:
    subject = Subject(0, frames=5)
    model, names, marker_m = subject.model, subject.model.marker_names, subject.marker_m
    with pytest.raises(InputError, match=r"are about \S+ times as far .* millimetres or centimetres"):
        estimate(model, names, 1000 * np.asarray(forward(model, subject.q).marker_m))
    with pytest.raises(InputError, match=r"about 0.00\d+ times .* in a larger unit"):
        estimate(model, names, 0.001 * marker_m)
    with pytest.raises(InputError, match=r"0 markers of model kinelab in the trial, .* the trial A, B"):
        estimate(model, ("A", "B"), np.zeros((3, 2, 3)))
    with pytest.raises(InputError, match=r"0 markers of model kinelab"):
        estimate(model, names, np.full_like(marker_m, np.nan))
    with pytest.raises(InputError, match=r"marker_m has shape \(5, 63, 3\), expected \(T, 62, 3\)"):
        estimate(model, names[1:], marker_m)
    with pytest.raises(InputError, match="no body 'femur' in the model"):
        estimate(model, names, marker_m, EstimateSettings(groups={"thigh": ("femur",)}))
    twice = EstimateSettings(groups={"a": ("femur_r",), "b": ("femur_r", "tibia_r")})
    with pytest.raises(InputError, match="femur_r in more than one scale group"):
        estimate(model, names, marker_m, twice)
    with pytest.raises(InputError, match=r"group_sd is 0.* frames is 0.*marker_sd_m RASI is 10"):
        EstimateSettings(group_sd=0.0, frames=0, marker_sd_m={"RASI": 10.0})


@pytest.mark.shared
@pytest.mark.parametrize("trial", ["walk", "run"])
def test_a_real_trial_without_static_fits_better_than_scaletool(shared_data: Path, trial: str) -> None:
    from kinelab.body.osim import read_osim
    from kinelab.body.osim_markers import read_marker_set
    from kinelab.files.opensim_files import read_trc

    folder = shared_data / "opensim"
    generic = read_osim(folder / "rajagopal_models" / "Rajagopal2016.osim")
    if trial == "walk":
        markers = read_marker_set(folder / "pipeline_rajagopal" / "Scale" / "markerset_walk_preScale.xml")
        generic = generic.with_markers(markers)
    scaletool = read_osim(folder / "reference_scaled" / f"rajagopal_subject_scaled_{trial}.osim")
    moving = read_trc(folder / "pipeline_rajagopal" / "ExpData" / f"motion_capture_{trial}.trc")
    names = [name for name in moving.skeleton.landmarks if name in scaletool.marker_names]
    marker_m = moving.position[:, [moving.skeleton.index(name) for name in names]]
    found = estimate(generic, names, marker_m)
    assert found.converged
    apart = np.setdiff1d(np.arange(0, moving.n, 7), found.frames)  # frames that the estimate has not seen
    rms = [_rms_m(model, names, marker_m[apart]) for model in (found.model, scaletool)]
    assert rms[0] < 0.008
    assert rms[0] < 0.5 * rms[1]
    # Legs as long as ScaleTool's from the static trial with joint markers, within 4 %. How thigh and shank
    # share that differs: in ScaleTool's walk the shank is 17 % longer than the thigh, in ours 1 % shorter.
    legs = [lengths_m(model)[:2].sum() for model in (found.model, scaletool)]
    assert legs[0] == pytest.approx(legs[1], rel=0.04)


def _rms_m(model: BodyModel, names: list[str], marker_m: Array) -> float:
    result = solve(model, names, marker_m, uniform_tasks(names))
    return float(np.sqrt(np.nanmean(result.marker_error_m**2)))


RUNNER = {
    "ASIS": "ASI", "PSIS": "PSI", "MT1": "MT1", "MT5": "MT5", "MT2": "TOE", "Heel.Top": "HEE", "TT": "TTB",
    "Knee": "KNE", "Knee.Medial": "KNM", "Ankle": "ANK", "Ankle.Medial": "ANM", "HF": "FIB", "GTR": "GTR",
}  # fmt: skip


@pytest.mark.shared
def test_shanks_of_real_runners_from_one_standing_frame(shared_data: Path) -> None:
    model = own_body()
    upper = [
        one.name
        for one in model.coordinates
        if not one.name.startswith(("pelvis", "hip", "knee", "ankle", "subtalar", "mtp"))
    ]
    locked = [replace(one, locked=True) if one.name in upper else one for one in model.coordinates]
    model = replace(model, coordinates=tuple(locked))
    files = sorted((shared_data / "mocap" / "running_26").glob("RBDS*.npz"))[:6]
    error_pct = []
    for file in files:
        with np.load(file, allow_pickle=True) as data:
            seen = dict(zip(data["static_labels"], data["static_mm"] / 1000, strict=True))
        marker_m = np.array([[seen[f"{side}.{name}"] for side in "RL" for name in RUNNER]])
        found = estimate(model, [side + name for side in "RL" for name in RUNNER.values()], marker_m)
        middle = {
            (side, part): (seen[f"{side}.{part}"] + seen[f"{side}.{part}.Medial"]) / 2
            for side in "RL"
            for part in ("Knee", "Ankle")
        }
        shank_m = np.mean([np.linalg.norm(middle[s, "Knee"] - middle[s, "Ankle"]) for s in "RL"])
        error_pct.append(100 * (lengths_m(found.model)[1] / shank_m - 1))
    assert np.abs(error_pct).mean() < 1.0
    assert np.abs(error_pct).max() < 2.5
