from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.opensim_check import compare_with_opensim
from kinelab.body.osim import read_osim
from kinelab.errors import FileFormatError

if TYPE_CHECKING:
    from .conftest import Osim

Write = Callable[[str], Path]

REFERENCES = {
    "Rajagopal2016": "rajagopal_models/Rajagopal2016.osim",
    "RajagopalLaiUhlrich2023": "rajagopal_models/RajagopalLaiUhlrich2023.osim",
    "Rajagopal2016_scaled": "reference_scaled/rajagopal_subject_scaled_walk.osim",
    "gait2392_scaled": "pipeline_gait2392/OutputReference/subject01_simbody.osim",
    "Gait10dof": "pipeline_gait10dof/OutputReference/subject01.osim",
    "OpenCap_LaiUhlrich2022": "opencap/opensimPipeline/Models/LaiUhlrich2022.osim",
    "D3KE_full_body": "d3ke/full_body.osim",
}


@pytest.mark.shared
@pytest.mark.parametrize("name", REFERENCES)
def test_real_models_are_where_opensim_put_them(name: str, shared_data: Path) -> None:
    """Against what OpenSim 4.6 stored, with its assembly (1e-10 rad) where there are couplers."""
    stored = np.load(shared_data / "opensim" / "reference_fk" / f"{name}.npz")
    model = read_osim(shared_data / "opensim" / REFERENCES[name])
    columns = [list(stored["coords"]).index(coordinate) for coordinate in model.coordinate_names]
    placed = forward(model, stored["q"][:, columns])
    rows = [model.body_index(str(body)) for body in stored["bodies"]]
    np.testing.assert_allclose(placed.position_m[:, rows], stored["T"][:, :, :3, 3], atol=1e-9)
    np.testing.assert_allclose(placed.rotation[:, rows], stored["T"][:, :, :3, :3], atol=1e-9)
    points = [model.marker_index(str(marker)) for marker in stored["markers"]]
    np.testing.assert_allclose(placed.marker_m[:, points], stored["P"], atol=1e-9)


@pytest.mark.shared
def test_every_model_here_agrees_live_with_opensim(shared_data: Path) -> None:
    models = sorted(shared_data.rglob("*.osim"))
    models = [path for path in models if path.name != "subject1_abdbonepin.osim"]  # has a loop
    assert len(models) >= 20
    for path in models:
        (difference,) = compare_with_opensim(path, poses=5)
        assert difference.position_m < 1e-12, path.name
        assert difference.angle_deg < 1e-11, path.name


@pytest.mark.shared
def test_what_rajagopals_model_holds(shared_data: Path) -> None:
    model = read_osim(shared_data / "opensim" / "rajagopal_models" / "Rajagopal2016.osim")
    assert (len(model.bodies), len(model.coordinates), len(model.markers)) == (22, 39, 66)
    assert model.mass_kg == pytest.approx(75.337, abs=1e-3)  # the mass its authors give
    knee = model.coordinates[model.coordinate_index("knee_angle_r")]
    np.testing.assert_allclose(np.degrees(knee.range), [0, 120], atol=1e-3)  # 2.0944 rad
    assert (knee.motion, knee.unit, knee.clamped, knee.locked) == ("rotational", "rad", True, False)
    assert model.coordinates[model.coordinate_index("mtp_angle_r")].locked
    assert model.coordinates[model.coordinate_index("pelvis_ty")].unit == "m"
    assert model.dependent == {"knee_angle_r_beta", "knee_angle_l_beta"}
    assert model.notes == ("left out: 97 forces (muscles, ligaments, actuators)",)


def test_masses_and_inertias(osim: type[Osim], written: Write) -> None:
    text = osim.model(["a"], []).replace("1.0 1.0 1.0 0.0 0.0 0.0", "1 2 3 0.1 0.2 0.3")
    (body,) = read_osim(written(text)).bodies
    assert body.mass_kg == 1.5
    np.testing.assert_allclose(body.centre_of_mass_m, [0.1, -0.2, 0.3])
    np.testing.assert_allclose(body.inertia_kgm2, [[1, 0.1, 0.2], [0.1, 2, 0.3], [0.2, 0.3, 3]])


def test_a_marker_on_chained_frames_scales_frame_by_frame(osim: type[Osim], written: Write) -> None:
    quarter = np.pi / 2
    chain = osim.frames(
        ("first", "/bodyset/a", [1, 2, 3], [0, 0, quarter]), ("second", "first", [0.1, 0, 0], [0, 0, 0])
    )
    weld = osim.joint("WeldJoint", "root", ("/ground", "/bodyset/a"), (), chain)
    marker = osim.marker("tip", "/jointset/root/second", [0.01, 0, 0])
    model = read_osim(written(osim.model(["a"], [weld], [marker])))
    assert model.markers[0].body == "a"
    np.testing.assert_allclose(model.markers[0].offset_m, [1, 2.11, 3])
    # OpenSim multiplies 0.1 and 0.01 by the body's x factor although they point along the body's y.
    np.testing.assert_allclose(forward(model, [], [[2, 5, 7]]).marker_m[0], [2, 10.22, 21])


def test_a_prescribed_coordinate_is_free_and_noted(osim: type[Osim], written: Write) -> None:
    pin = osim.joint("PinJoint", "hinge", ("/ground", "/bodyset/a"), ["q"])
    text = osim.model(["a"], [pin]).replace("<range>", "<prescribed>true</prescribed><range>")
    model = read_osim(written(text))
    assert model.notes == ("coordinate q is prescribed in time; here it is free",)


def test_a_frame_by_stations_is_refused_by_name(osim: type[Osim], written: Write) -> None:
    """Its directions would turn with the scale factors: not linear."""
    on_body = {"socket_parent_frame": "/bodyset/a"}
    stations = [
        osim.function("Station", **on_body, location=np.eye(3)[k]).replace(
            "<Station>", f'<Station name="p{k}">'
        )
        for k in range(3)
    ]
    sockets = {f"socket_point_{k}": f"/bodyset/a/p{i}" for i, k in enumerate("abc")}
    frame = osim.function("StationDefinedFrame", **sockets, socket_origin_point="/bodyset/a/p0")
    frame = frame.replace("<StationDefinedFrame>", '<StationDefinedFrame name="own">')
    pin = osim.joint("PinJoint", "hinge", ("/ground", "/bodyset/a/own"), ["q"])
    inside = f"<components>{''.join(stations)}{frame}</components><mass>"
    with pytest.raises(
        FileFormatError, match="PinJoint hinge: frame own is a StationDefinedFrame, which is not"
    ):
        read_osim(written(osim.model(["a"], [pin]).replace("<mass>", inside)))


OLD = """<?xml version="1.0"?><OpenSimDocument Version="20302"><Model name="old"><BodySet><objects>
<Body name="ground"/>
<Body name="thigh"><mass>2</mass><mass_center>0 -0.1 0</mass_center><Joint><CustomJoint name="hip">
<parent_body>ground</parent_body><location_in_parent>0 1 0</location_in_parent>
<orientation_in_parent>0 0 0</orientation_in_parent>
<location>0.1 0 0</location><orientation>0 0 0</orientation>
<CoordinateSet><objects><Coordinate name="flexion"><motion_type>rotational</motion_type>
<default_value>0.2</default_value><range>-1 2</range></Coordinate></objects></CoordinateSet>
<reverse>REVERSE</reverse>
<SpatialTransform><TransformAxis name="rotation1"><coordinates>flexion</coordinates><axis>0 0 1</axis>
<function><LinearFunction><coefficients>1 0</coefficients></LinearFunction></function></TransformAxis>
<TransformAxis name="rotation2"><axis>0 1 0</axis></TransformAxis>
<TransformAxis name="rotation3"><axis>1 0 0</axis></TransformAxis>
</SpatialTransform></CustomJoint></Joint></Body>
</objects></BodySet><MarkerSet><objects><Marker name="knee"><body>thigh</body><location>0 -0.4 0</location>
</Marker></objects></MarkerSet></Model></OpenSimDocument>"""


@pytest.mark.parametrize("version", ["10902", "20302", "30000"])
@pytest.mark.parametrize("reverse", ["false", "true"])
def test_files_of_versions_1_to_3_are_upgraded(reverse: str, version: str, written: Write) -> None:
    path = written(OLD.replace("REVERSE", reverse).replace("20302", version))
    model = read_osim(path)
    assert model.coordinates[0].default == 0.2
    assert model.marker_names == ("knee",)
    assert compare_with_opensim(path, poses=5)[0].position_m < 1e-14


def test_random_models_have_all_joints_and_functions(osim: type[Osim]) -> None:
    """The random models of the other tests really try what they are for."""
    texts = " ".join(osim.random(seed) for seed in range(400))
    found = set(re.findall(r"<(\w+(?:Joint|Function|Spline|Constant|Constraint))[ >]", texts))
    joints = {f"{kind}Joint" for kind in ("Custom", "Weld", "Pin", "Slider", "Universal", "Ball", "Gimbal")}
    joints |= {f"{kind}Joint" for kind in ("Free", "Planar", "Ellipsoid", "Scapulothoracic")}
    functions = {f"{kind}Function" for kind in ("Linear", "PiecewiseLinear", "Polynomial", "Multiplier")}
    assert found >= joints | functions | {"SimmSpline", "GCVSpline", "CoordinateCouplerConstraint"}
