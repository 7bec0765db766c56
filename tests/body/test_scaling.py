from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import opensim
import pytest

from kinelab.body.forward import forward
from kinelab.body.model import Body, Marker
from kinelab.body.osim import read_osim
from kinelab.body.osim_markers import read_marker_set
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.body.scale_setup import Measurement, ModelScaling, read_scale_set, read_scale_setup
from kinelab.body.scaling import measured_factors, scale_factors, with_mass
from kinelab.body.time_range import covering
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.files.opensim_files import read_trc, write_trc

opensim.Logger.setLevelString("Off")
PELVIS = Measurement("pelvis", (("RASI", "LASI"),), {"pelvis": "XYZ"})
THIGH = Measurement(
    "thigh", (("RASI", "RKNE"), ("LASI", "LKNE")), {"femur_r": "XYZ", "femur_l": "XYZ", "patella_r": "XYZ"}
)


def trial(names: tuple[str, ...], marker_m: Array, rate_hz: float = 10.0) -> Keypoints:
    seen = np.isfinite(marker_m).all(axis=2)
    time_s = np.arange(marker_m.shape[0]) / rate_hz
    return Keypoints(Skeleton("t", names), time_s, marker_m, np.where(seen, 1.0, np.nan), unit="m")


def pelvis_trial(n: int = 20, unit_m: float = 1.0) -> Keypoints:
    """Two markers whose distance is the model's times 1 + 0.01 i^2 in frame i: no two ranges look alike."""
    model = own_body()
    placed = forward(model, model.default_coordinates).marker_m
    apart = np.linalg.norm(placed[model.marker_index("RASI")] - placed[model.marker_index("LASI")])
    marker_m = np.zeros((n, 2, 3))
    marker_m[:, 1, 0] = apart * (1 + 0.01 * np.arange(n) ** 2) * unit_m
    return trial(("RASI", "LASI"), marker_m)


def own_trial(scales: Array, frames: int = 3) -> Keypoints:
    """The own body, scaled, in its default pose."""
    model = own_body()
    placed = forward(model, model.default_coordinates, scales).marker_m
    return trial(model.marker_names, np.repeat(placed[None], frames, axis=0))


SET_UP = """<?xml version="1.0" encoding="UTF-8" ?>
<OpenSimDocument Version="40000"><ScaleTool name="t"><mass>-1</mass>
<GenericModelMaker><model_file>m.osim</model_file></GenericModelMaker>
<ModelScaler><apply>true</apply><scaling_order>measurements</scaling_order><MeasurementSet><objects>
<Measurement name="pelvis"><apply>true</apply><MarkerPairSet><objects>
<MarkerPair><markers>RASI LASI</markers></MarkerPair></objects></MarkerPairSet>
<BodyScaleSet><objects><BodyScale name="pelvis"><axes>X Z</axes></BodyScale></objects></BodyScaleSet>
</Measurement></objects></MeasurementSet><marker_file>s.trc</marker_file><time_range>{range}</time_range>
<output_scale_file>o.xml</output_scale_file></ModelScaler>
<MarkerPlacer><apply>false</apply></MarkerPlacer></ScaleTool></OpenSimDocument>"""


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0.46, 1.04), (0.54, 0.96), (0.5, 0.5), (-3.0, 0.4), (1.5, 9.0)],
)
def test_time_ranges_and_axes_are_those_of_opensim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: float, stop: float
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(OWN_BODY_OSIM, "m.osim")
    write_trc(pelvis_trial(), "s.trc")
    Path("set.xml").write_text(SET_UP.format(range=f"{start} {stop}"))
    opensim.ScaleTool("set.xml").run()
    theirs = read_scale_set("o.xml")
    setup = read_scale_setup("set.xml")
    assert setup.scaling is not None
    ours = scale_factors(own_body(), setup.scaling, pelvis_trial())
    assert ours[0, 1] == 1.0
    for row, body in enumerate(own_body().body_names):
        np.testing.assert_allclose(ours[row], theirs[body], atol=1e-5)  # the file has six digits


def test_known_factors_come_back() -> None:
    model = own_body()
    scales = np.ones((len(model.bodies), 3))
    scales[model.body_index("pelvis")] = 1.07
    factors = scale_factors(model, ModelScaling((PELVIS,)), own_trial(scales))
    np.testing.assert_allclose(factors, scales, atol=1e-12)


def test_each_step_replaces_what_those_before_it_gave() -> None:
    model = own_body()
    markers = own_trial(np.full((len(model.bodies), 3), 1.1))
    by_hand = {"pelvis": np.array([0.9, 0.8, 0.7])}
    depth = Measurement("depth", PELVIS.pairs, {"pelvis": "X"})
    for order, expected in (
        (("manualScale", "measurements"), [1.1, 0.8, 0.7]),
        (("measurements", "manualScale"), [0.9, 0.8, 0.7]),
        (("measurements",), [1.1, 1.0, 1.0]),
        ((), [1.0, 1.0, 1.0]),
    ):
        factors = scale_factors(model, ModelScaling((depth,), by_hand, order), markers)
        np.testing.assert_allclose(factors[model.body_index("pelvis")], expected, atol=1e-12)


def test_lost_frames_do_not_count() -> None:
    whole = pelvis_trial()
    position = np.array(whole.position)
    position[3, 0] = np.nan
    gappy = trial(("RASI", "LASI"), position)
    scaling = ModelScaling((PELVIS,), time_range_s=(0.2, 0.4))
    expected = np.mean(1 + 0.01 * np.array([2, 4]) ** 2)
    assert measured_factors(own_body(), scaling, gappy)["pelvis"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("setup", "model", "marker_set", "standard", "atol"),
    [
        (
            "opensim_core/Applications/Scale/tests/resources/subject01_Setup_Scale.xml",
            "opensim_core/Applications/Scale/tests/resources/gait2354_simbody.osim",
            "opensim_core/Applications/Scale/tests/resources/gait2354_Scale_MarkerSet.xml",
            "opensim_core/Applications/Scale/tests/resources/std_subject01_scaleSet_applied.xml",
            1e-8,
        ),
        (
            "pipeline_rajagopal/Scale/scale_setup_walk_scaleOnly.xml",
            "rajagopal_models/Rajagopal2016.osim",
            "pipeline_rajagopal/Scale/markerset_walk_preScale.xml",
            "reference_scaled/rajagopal_scaleSet_applied_walk.xml",
            1e-5,
        ),
        (
            "pipeline_rajagopal/Scale/scale_setup_run.xml",
            "rajagopal_models/Rajagopal2016.osim",
            None,
            "reference_scaled/rajagopal_scaleSet_applied_run.xml",
            1e-5,
        ),
    ],
)
def test_factors_are_those_of_opensims_standard_sets(
    shared_data: Path, setup: str, model: str, marker_set: str | None, standard: str, atol: float
) -> None:
    folder = shared_data / "opensim"
    scaling = read_scale_setup(folder / setup).scaling
    assert scaling is not None
    assert scaling.marker_path is not None
    body = read_osim(folder / model)
    if marker_set is not None:
        body = body.with_markers(read_marker_set(folder / marker_set))
    factors = scale_factors(body, scaling, read_trc(scaling.marker_path))
    theirs = read_scale_set(folder / standard)
    for row, name in enumerate(body.body_names):
        np.testing.assert_allclose(factors[row], theirs[name], rtol=0, atol=atol)


@pytest.mark.shared
def test_gait2392_scales_as_scaletool_run_live(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "opensim" / "pipeline_gait2392"
    source = shared_data / "opensim" / "gait2392_models" / "gait2392_thelen2003muscle.osim"
    shutil.copytree(folder, tmp_path / "run")
    shutil.copy(source, tmp_path / "run" / "gait2392_simbody.osim")
    before = Path.cwd()
    os.chdir(tmp_path / "run")
    try:
        assert opensim.ScaleTool("subject01_Setup_Scale.xml").run()
    finally:
        os.chdir(before)
    setup = read_scale_setup(tmp_path / "run" / "subject01_Setup_Scale.xml")
    assert setup.scaling is not None
    assert setup.model_path is not None
    assert setup.marker_set_path is not None
    assert setup.scaling.marker_path is not None
    assert setup.scaling.output_model_path is not None
    model = read_osim(setup.model_path).with_markers(read_marker_set(setup.marker_set_path))
    factors = scale_factors(model, setup.scaling, read_trc(setup.scaling.marker_path))
    ours = with_mass(model.scaled(factors), factors, setup.mass_kg)
    theirs = read_osim(setup.scaling.output_model_path)
    np.testing.assert_allclose(
        forward(ours, ours.default_coordinates).joint_centre_m,
        forward(theirs, theirs.default_coordinates).joint_centre_m,
        rtol=0,
        atol=1e-7,
    )
    np.testing.assert_allclose(
        [body.mass_kg for body in ours.bodies], [body.mass_kg for body in theirs.bodies], rtol=1e-6
    )
    for mine, other in zip(ours.bodies, theirs.bodies, strict=True):
        np.testing.assert_allclose(mine.inertia_kgm2, other.inertia_kgm2, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("preserve", [True, False])
@pytest.mark.parametrize("mass_kg", [None, 61.5])
def test_masses_are_those_of_opensim(preserve: bool, mass_kg: float | None) -> None:
    model, theirs = own_body(), opensim.Model(str(OWN_BODY_OSIM))
    state = theirs.initSystem()
    # All three axes alike: only then is OpenSim's inertia that of the stretched matter.
    factors = np.repeat(np.random.default_rng(0).uniform(0.8, 1.25, (len(model.bodies), 1)), 3, axis=1)
    scale_set = opensim.ScaleSet()
    for name, row in zip(model.body_names, factors, strict=True):
        scale = opensim.Scale()
        scale.setSegmentName(name)
        scale.setScaleFactors(opensim.Vec3(*row))
        scale.setApply(True)
        scale_set.cloneAndAppend(scale)
    theirs.scale(state, scale_set, preserve, -1.0 if mass_kg is None else mass_kg)
    ours = with_mass(model.scaled(factors), factors, mass_kg, preserve)
    for mine in ours.bodies:
        body = theirs.getBodySet().get(mine.name)
        assert mine.mass_kg == pytest.approx(body.getMass(), rel=1e-9)
        moments = [body.getInertia().getMoments().get(k) for k in range(3)]
        np.testing.assert_allclose(np.diag(mine.inertia_kgm2), moments, rtol=1e-9, atol=1e-12)
    if mass_kg is not None:
        assert ours.mass_kg == pytest.approx(mass_kg)


def test_inertia_of_stretched_matter_is_exact() -> None:
    random = np.random.default_rng(1)
    model = own_body()
    points, weights = random.normal(size=(50, 3)), random.uniform(size=50)
    points -= weights @ points / weights.sum()

    def inertia(r: Array) -> Array:
        return np.asarray(np.einsum("p,pij->ij", weights, _squares(r)))

    factors = np.ones((len(model.bodies), 3))
    factors[0] = (1.3, 0.7, 1.1)
    body = Body(model.bodies[0].name, weights.sum(), np.zeros(3), inertia(points))
    heavier = with_mass(replace(model, bodies=(body, *model.bodies[1:])), factors, None)
    np.testing.assert_allclose(heavier.bodies[0].inertia_kgm2, inertia(points * factors[0]), rtol=1e-12)


def _squares(r: Array) -> Array:
    return np.asarray((r**2).sum(axis=1)[:, None, None] * np.eye(3) - r[:, :, None] * r[:, None, :])


def test_a_marker_that_the_model_lacks_is_named() -> None:
    scaling = ModelScaling((Measurement("arm", (("RSHO", "ELBOW"),), {"humerus_r": "XYZ"}),))
    with pytest.raises(InputError, match=r"measurements use ELBOW, no marker of model kinelab; it has RASI"):
        scale_factors(own_body(), scaling, pelvis_trial())


def test_a_segment_without_markers_is_named_or_skipped() -> None:
    scaling = ModelScaling((PELVIS, THIGH))
    said = r"use RKNE, LKNE, which the trial lacks: femur_r, femur_l would get no scale factor"
    with pytest.raises(InputError, match=said):
        scale_factors(own_body(), scaling, pelvis_trial())
    factors = scale_factors(own_body(), scaling, pelvis_trial(), missing="skip")
    assert factors[own_body().body_index("femur_r"), 0] == 1.0
    assert factors[own_body().body_index("pelvis"), 0] > 1.0


def test_markers_lost_in_the_whole_range_are_named() -> None:
    position = np.array(pelvis_trial().position)
    position[2:6, 0] = np.nan
    gappy = trial(("RASI", "LASI"), position)
    scaling = ModelScaling((PELVIS,), time_range_s=(0.3, 0.5))
    said = (
        r"never seen together between 0.3 and 0.5 s, for measurements pelvis \(RASI with LASI\): pelvis would"
    )
    with pytest.raises(InputError, match=said):
        scale_factors(own_body(), scaling, gappy)


def test_millimetres_are_noticed() -> None:
    with pytest.raises(InputError, match="the markers are in millimetres or centimetres, taken as metres"):
        scale_factors(own_body(), ModelScaling((PELVIS,)), pelvis_trial(unit_m=1000.0))
    with pytest.raises(InputError, match="the model is not in metres"):
        scale_factors(own_body(), ModelScaling((PELVIS,)), pelvis_trial(unit_m=0.001))


def test_other_bad_input() -> None:
    model, markers = own_body(), pelvis_trial()
    with pytest.raises(InputError, match="factors for pelvsi, no body of model kinelab; there are pelvis"):
        scale_factors(model, ModelScaling(manual={"pelvsi": np.ones(3)}), markers)
    lost = Measurement("rib", PELVIS.pairs, {"rib": "X"})
    with pytest.raises(InputError, match="factors for rib, no body of model kinelab"):
        scale_factors(model, ModelScaling((lost,)), markers)
    with pytest.raises(InputError, match="measurements pelvis need the markers of a static trial"):
        scale_factors(model, ModelScaling((PELVIS,)))
    with pytest.raises(InputError, match=r"time range 5 to 6 s holds no frame; the recording has 0 to 1.9 s"):
        scale_factors(model, ModelScaling((PELVIS,), time_range_s=(5.0, 6.0)), markers)
    with pytest.raises(InputError, match="time range 1 to 0 s holds no frame"):
        covering(markers.time_s, (1.0, 0.0))
    with pytest.raises(InputError, match="mass -3 kg"):
        with_mass(model, np.ones((len(model.bodies), 3)), -3.0)
    twin = model.with_markers([*model.markers, Marker("TWIN", "pelvis", _place("RASI"))])
    same = ModelScaling((Measurement("none", (("RASI", "TWIN"),), {"pelvis": "X"}),))
    with pytest.raises(InputError, match="RASI and TWIN are at one place in model kinelab"):
        scale_factors(twin, same, trial(("RASI", "TWIN"), np.zeros((2, 2, 3))))


def _place(name: str) -> Array:
    model = own_body()
    return np.asarray(model.markers[model.marker_index(name)].offset_by_scale)
