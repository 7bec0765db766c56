from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.scale_setup import Measurement, ModelScaling, read_scale_set, read_scale_setup
from kinelab.errors import FileFormatError, InputError

MEASUREMENTS = """<MeasurementSet><objects>
  <Measurement name="thigh"><apply>true</apply>
    <MarkerPairSet><objects>
      <MarkerPair><markers> RASI RKNE </markers></MarkerPair>
      <MarkerPair><markers>LASI LKNE</markers></MarkerPair>
    </objects></MarkerPairSet>
    <BodyScaleSet><objects>
      <BodyScale name="femur_r"><axes> X Y Z </axes></BodyScale>
      <BodyScale name="femur_l"><axes>y</axes></BodyScale>
    </objects></BodyScaleSet></Measurement>
  <Measurement name="off"><apply> false </apply></Measurement>
</objects></MeasurementSet>"""
FACTORS = """<ScaleSet><objects>
  <Scale><scales> 1.1 1.2 1.3 </scales><segment> pelvis </segment><apply> true </apply></Scale>
  <Scale><scales> 9 9 9 </scales><segment> torso </segment><apply> false </apply></Scale>
</objects></ScaleSet>"""
TASKS = """<IKTaskSet><objects>
  <IKMarkerTask name="RASI"><apply>true</apply><weight>10</weight></IKMarkerTask>
  <IKCoordinateTask name="knee_angle_r"><apply>true</apply><weight>2</weight>
    <value_type>manual_value</value_type><value>0.1</value></IKCoordinateTask>
</objects></IKTaskSet>"""


def setup_text(
    measurements: str = MEASUREMENTS,
    factors: str = FACTORS,
    tasks: str = TASKS,
    order: str = "manualScale measurements",
    height: str = "1803.4",
    time_range: str = "0.5 1.5",
) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<OpenSimDocument Version="30000"><ScaleTool name="subject">
  <mass> 72.6 </mass><height>{height}</height><age> -1 </age>
  <GenericModelMaker><model_file>models\\generic.osim</model_file>
    <marker_set_file>Unassigned</marker_set_file></GenericModelMaker>
  <ModelScaler><apply> true </apply><scaling_order> {order} </scaling_order>{measurements}{factors}
    <marker_file> static.trc </marker_file><time_range> {time_range} </time_range>
    <preserve_mass_distribution> true </preserve_mass_distribution>
    <output_scale_file> Unassigned </output_scale_file></ModelScaler>
  <MarkerPlacer><apply> true </apply>{tasks}<marker_file> static.trc </marker_file>
    <coordinate_file> </coordinate_file><time_range> 0.5 1.5 </time_range>
    <max_marker_movement> -1 </max_marker_movement></MarkerPlacer>
</ScaleTool></OpenSimDocument>"""


def written(folder: Path, text: str, name: str = "scale.xml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_part_is_read(tmp_path: Path) -> None:
    setup = read_scale_setup(written(tmp_path, setup_text()))
    assert (setup.name, setup.mass_kg, setup.age_years) == ("subject", 72.6, None)
    assert setup.height_m == pytest.approx(1.8034)
    assert setup.model_path == tmp_path / "models" / "generic.osim"
    assert setup.marker_set_path is None
    scaling, placing = setup.scaling, setup.placing
    assert scaling is not None
    assert placing is not None
    assert scaling.order == ("manualScale", "measurements")
    (thigh,) = scaling.measurements
    assert thigh.pairs == (("RASI", "RKNE"), ("LASI", "LKNE"))
    assert dict(thigh.axes) == {"femur_r": "XYZ", "femur_l": "Y"}
    assert {body: list(factors) for body, factors in scaling.manual.items()} == {"pelvis": [1.1, 1.2, 1.3]}
    assert scaling.time_range_s == (0.5, 1.5)
    assert scaling.preserve_mass_distribution
    assert scaling.output_scale_path is None
    assert dict(placing.tasks.marker_weight) == {"RASI": 10.0}
    assert placing.tasks.coordinate_target["knee_angle_r"] == 0.1
    assert placing.max_movement_m is None
    assert setup.notes == ()


def test_sets_in_files_of_their_own(tmp_path: Path) -> None:
    for name, text in (("m.xml", MEASUREMENTS), ("f.xml", FACTORS), ("t.xml", TASKS)):
        written(tmp_path, f'<OpenSimDocument Version="20302">{text}</OpenSimDocument>', name)
    outside = setup_text(
        '<MeasurementSet file="m.xml"/>', '<ScaleSet file="f.xml"/>', '<IKTaskSet file="t.xml"/>'
    )
    inside = read_scale_setup(written(tmp_path, setup_text(), "inside.xml"))
    setup = read_scale_setup(written(tmp_path, outside))
    assert setup.scaling is not None
    assert inside.scaling is not None
    assert setup.placing is not None
    assert setup.scaling.measurements == inside.scaling.measurements
    assert list(setup.scaling.manual) == ["pelvis"]
    assert dict(setup.placing.tasks.marker_weight) == {"RASI": 10.0}


def test_an_empty_file_names_none(tmp_path: Path) -> None:
    text = setup_text(
        MEASUREMENTS.replace("<MeasurementSet>", '<MeasurementSet file="">'),
        FACTORS.replace("<ScaleSet>", '<ScaleSet file="Unassigned">'),
    )
    scaling = read_scale_setup(written(tmp_path, text)).scaling
    assert scaling is not None
    assert [one.name for one in scaling.measurements] == ["thigh"]
    assert list(scaling.manual) == ["pelvis"]


def test_a_set_that_names_its_own_file_is_refused(tmp_path: Path) -> None:
    written(tmp_path, '<OpenSimDocument><ScaleSet file="f.xml"/></OpenSimDocument>', "f.xml")
    with pytest.raises(
        FileFormatError, match=r"f\.xml, row 1: <ScaleSet> is to stand in f\.xml, which was read"
    ):
        read_scale_set(tmp_path / "f.xml")


def test_parts_that_do_not_apply_are_none(tmp_path: Path) -> None:
    text = setup_text().replace("<ModelScaler><apply> true", "<ModelScaler><apply> false")
    setup = read_scale_setup(written(tmp_path, text))
    assert setup.scaling is None
    assert setup.placing is not None


def test_a_time_range_not_set_is_the_whole_trial_and_said(tmp_path: Path) -> None:
    setup = read_scale_setup(written(tmp_path, setup_text(time_range="-1 -1")))
    assert setup.scaling is not None
    assert setup.scaling.time_range_s is None
    assert "no time range: the whole trial" in setup.notes[0]


def test_a_height_in_metres_is_noticed(tmp_path: Path) -> None:
    setup = read_scale_setup(written(tmp_path, setup_text(height="1.89")))
    assert setup.height_m == 1.89
    assert "taken as metres" in setup.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (setup_text().replace("ScaleTool", "InverseKinematicsTool"), "row 2: holds no <ScaleTool>"),
        (setup_text().replace(" X Y Z ", " X W "), "row 13.*thigh: axes 'X W', allowed are X, Y and Z"),
        (setup_text(order="measurments"), "'measurments', allowed are measurements and manualScale"),
        (setup_text().replace("1.1 1.2 1.3", "1.1 -1.2 1.3"), r"<Scale> of pelvis is .*above 0"),
        (setup_text().replace("1.1 1.2 1.3", "1.1 1.2"), "'1.1 1.2', expected 3 numbers"),
        (setup_text().replace(" RASI RKNE ", " RASI "), "thigh: a pair is 'RASI', expected two marker names"),
        (setup_text().replace(" RASI RKNE ", " RASI RASI "), "expected two marker names"),
        (setup_text('<MeasurementSet file="gone.xml"/>'), "gone.xml: cannot be read"),
        (setup_text().replace("manual_value", "from_file"), "knee_angle_r take their targets from a file"),
        (setup_text().replace(" 72.6 ", " heavy "), "<mass> is 'heavy', expected a number"),
        (setup_text()[:900], "no XML"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_row(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileFormatError, match=said):
        read_scale_setup(written(tmp_path, text))


def test_nouns_are_checked_at_birth() -> None:
    with pytest.raises(InputError, match=r"thigh: has no pair of markers; axes of femur_r are 'XQ'"):
        Measurement("thigh", (), {"femur_r": "XQ"})
    with pytest.raises(InputError, match=r"factors of pelvis are .*three above 0"):
        ModelScaling(manual={"pelvis": np.zeros(3)})


def test_a_scale_set_file(tmp_path: Path) -> None:
    factors = read_scale_set(written(tmp_path, f"<OpenSimDocument>{FACTORS}</OpenSimDocument>"))
    assert list(factors) == ["pelvis"]
    with pytest.raises(FileFormatError, match="holds no <ScaleSet>, only <OpenSimDocument>"):
        read_scale_set(written(tmp_path, f"<OpenSimDocument>{TASKS}</OpenSimDocument>"))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "measurements", "manual", "markers", "coordinates"),
    [
        ("pipeline_gait2392/subject01_Setup_Scale.xml", 5, 4, 39, 5),
        ("pipeline_rajagopal/Scale/scale_setup_walk_scaleOnly.xml", 6, 13, 31, 0),
        ("pipeline_rajagopal/Scale/scale_setup_run.xml", 9, 0, 36, 0),
        ("opencap/opensimPipeline/Scaling/Setup_scaling_LaiUhlrich2022.xml", 11, 0, 29, 9),
    ],
)
def test_published_set_ups(
    shared_data: Path, path: str, measurements: int, manual: int, markers: int, coordinates: int
) -> None:
    setup = read_scale_setup(shared_data / "opensim" / path)
    assert setup.scaling is not None
    assert setup.placing is not None
    assert len(setup.scaling.measurements) == measurements
    assert len(setup.scaling.manual) == manual
    assert len(setup.placing.tasks.marker_weight) == markers
    assert len(setup.placing.tasks.coordinate_weight) == coordinates
