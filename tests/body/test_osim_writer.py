from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import opensim
import pytest

from kinelab.body.forward import forward
from kinelab.body.model import GROUND, Marker
from kinelab.body.opensim_check import random_coordinates
from kinelab.body.osim import read_osim
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.errors import FileFormatError, InputError, OutputError

if TYPE_CHECKING:
    from kinelab.core.checks import Array

    from .conftest import Osim

Write = Callable[[str], Path]


def assert_scaled(source: Path, path: Path, factors: Array, shares: float = 1.0) -> None:
    """The written model is the source's data times the factors."""
    wanted, found = read_osim(source).scaled(factors), read_osim(path)
    coordinates = random_coordinates(wanted, 4, 0)
    mine, theirs = forward(wanted, coordinates), forward(found, coordinates)
    np.testing.assert_allclose(theirs.position_m, mine.position_m, atol=1e-12)
    np.testing.assert_allclose(theirs.rotation, mine.rotation, atol=1e-12)
    np.testing.assert_allclose(theirs.marker_m, mine.marker_m, atol=1e-12)
    for body, written in zip(wanted.bodies, found.bodies, strict=True):
        assert written.mass_kg == pytest.approx(shares * body.mass_kg, abs=1e-12)
        np.testing.assert_allclose(written.centre_of_mass_m, body.centre_of_mass_m, atol=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_what_is_written_is_the_scaled_model(
    seed: int, osim: type[Osim], written: Write, tmp_path: Path
) -> None:
    """Oblique axes, sixteen digits in every spline: what OpenSim alone would lose."""
    source = written(osim.random(seed, couplers=False))
    model = read_osim(source)
    factors = np.random.default_rng(seed).uniform(0.6, 1.5, (len(model.bodies), 3))
    named = {
        body.name: s for body, s in zip(model.bodies, factors, strict=True) if body.scaled_as == body.name
    }
    left_out = model.body_names[0]
    if left_out in named and seed % 3 == 0:
        factors[0] = 1.0
        del named[left_out]
    write_scaled_osim(source, named, tmp_path / "scaled.osim")
    assert_scaled(source, tmp_path / "scaled.osim", factors)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "rajagopal_models/Rajagopal2016.osim",
        "gait2392_models/subject01.osim",
        "opensim_core/Applications/IK/tests/resources/constraintTest_ikOnly.osim",
    ],
)
def test_real_models_with_muscles_are_written_whole(name: str, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "opensim" / name
    model = read_osim(source)
    factors = np.random.default_rng(0).uniform(0.8, 1.2, (len(model.bodies), 3))
    path = tmp_path / "scaled.osim"
    write_scaled_osim(source, dict(zip(model.body_names, factors, strict=True)), path, mass_kg=60.0)
    assert_scaled(source, path, factors, 60.0 / model.mass_kg)
    before, after = opensim.Model(str(source)), opensim.Model(str(path))
    assert after.getForceSet().getSize() == before.getForceSet().getSize()
    if after.getMuscles().getSize():
        lengths = [m.getMuscles().get(0).get_optimal_fiber_length() for m in (before, after)]
        assert 0.7 < lengths[1] / lengths[0] < 1.3
        assert lengths[1] != lengths[0]


@pytest.mark.parametrize("slope", [1.0, 2.0])
def test_a_coupled_length_is_scaled_once(
    slope: float, osim: type[Osim], written: Write, tmp_path: Path
) -> None:
    """OpenSim gives up where the parent's factors differ, and scales twice where the axis has a function."""
    weld = osim.joint("WeldJoint", "root", ("/ground", "/bodyset/a"))
    axes = {
        "rotation1": (["turn"], [1, 0, 0], ""),
        "translation2": (["slide"], [0, 1, 0], osim.function("LinearFunction", coefficients=[slope, 0.0])),
    }
    knee = osim.custom("knee", ("/bodyset/a", "/bodyset/b"), axes)
    bent = osim.function("SimmSpline", x=[-1, -1 / 3, 1 / 3, 1], y=[0.1, 0.2 / 3, 0.0, 0.05])
    text = osim.model(["a", "b"], [weld, knee], (), [osim.coupler("follow", "slide", ["turn"], bent)])
    write_scaled_osim(written(text), {"a": [1.5, 2.0, 3.0]}, tmp_path / "scaled.osim")
    assert_scaled(written(text), tmp_path / "scaled.osim", np.array([[1.5, 2.0, 3.0], [1.0, 1.0, 1.0]]))


def test_masses_by_share_and_by_volume(osim: type[Osim], written: Write, tmp_path: Path) -> None:
    joints = [osim.joint("PinJoint", f"j{b}", ("/ground", f"/bodyset/{b}"), [f"q{b}"]) for b in "ab"]
    source, path = written(osim.model(["a", "b"], joints)), tmp_path / "scaled.osim"
    factors = {"a": [2.0, 1.0, 1.0]}

    def masses_kg(**options: bool) -> list[float]:
        write_scaled_osim(source, factors, path, mass_kg=6.0, **options)
        return [body.mass_kg for body in read_osim(path).bodies]

    assert masses_kg() == pytest.approx([3.0, 3.0])
    assert masses_kg(preserve_mass_distribution=False) == pytest.approx([4.0, 2.0])


def test_markers_are_replaced(osim: type[Osim], written: Write, tmp_path: Path) -> None:
    pin = osim.joint("PinJoint", "hinge", ("/ground", "/bodyset/a"), ["q"])
    source = written(osim.model(["a"], [pin], [osim.marker("old", "/bodyset/a", [1, 1, 1])]))
    markers = [
        Marker("new", "a", np.diag([0.1, 0.2, 0.3]), fixed=True),
        Marker("floor", GROUND, np.diag([1.0, 0.0, 0.0])),
    ]
    write_scaled_osim(source, {"a": [2, 2, 2]}, tmp_path / "scaled.osim", markers=markers)
    found = read_osim(tmp_path / "scaled.osim").markers
    assert [(m.name, m.body, m.fixed) for m in found] == [("new", "a", True), ("floor", GROUND, False)]
    np.testing.assert_allclose([m.offset_m for m in found], [[0.1, 0.2, 0.3], [1, 0, 0]])


def test_what_cannot_be_written_is_said_and_nothing_is_left(
    osim: type[Osim], written: Write, tmp_path: Path
) -> None:
    pin = osim.joint("PinJoint", "hinge", ("/ground", "/bodyset/a"), ["q"])
    source, path = written(osim.model(["a"], [pin])), tmp_path / "scaled.osim"
    with pytest.raises(InputError, match="scale factors for femur, no body of the model; there are a"):
        write_scaled_osim(source, {"femur": [1, 1, 1]}, path)
    with pytest.raises(InputError, match=r"scale factors \[1.0, 0.0, 1.0\] for a; expected three above zero"):
        write_scaled_osim(source, {"a": [1, 0, 1]}, path)
    for mass_kg in (-3.0, 0.0, np.inf, np.nan):
        with pytest.raises(InputError, match=f"a mass of {mass_kg} kg; expected a finite number above zero"):
            write_scaled_osim(source, {}, path, mass_kg=mass_kg)
    with pytest.raises(InputError, match="marker m is on femur; the model has a, ground"):
        write_scaled_osim(source, {}, path, markers=[Marker("m", "femur", np.eye(3))])
    with pytest.raises(FileFormatError, match="no such file"):
        write_scaled_osim(tmp_path / "none.osim", {}, path)
    with pytest.raises(OutputError, match="part of its path is a file"):
        write_scaled_osim(source, {}, source / "scaled.osim")
    assert [found.name for found in tmp_path.iterdir()] == ["made.osim"]


def test_names_and_credits_keep_their_letters(osim: type[Osim], written: Write, tmp_path: Path) -> None:
    pin = osim.joint("PinJoint", "hinge", ("/ground", "/bodyset/a"), ["q"])
    text = osim.model(["a"], [pin]).replace(
        "<BodySet>", "<credits>M\u00fcller &amp; \u0141</credits><BodySet>"
    )
    write_scaled_osim(written(text), {"a": [2, 2, 2]}, tmp_path / "scaled.osim")
    assert "M\u00fcller &amp; \u0141" in (tmp_path / "scaled.osim").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["kn'ee", "kn&quot;ee", "kn'e&quot;e", "Kn\u00f6chel_\u0141"])
def test_digits_come_back_whatever_the_names(
    name: str, osim: type[Osim], written: Write, tmp_path: Path
) -> None:
    knots = [0.1, 0.2 / 3, 0.0, 0.05 / 7]
    bent = osim.function("SimmSpline", x=[-1, -1 / 3, 1 / 3, 1], y=knots)
    weld = osim.joint("WeldJoint", "root", ("/ground", "/bodyset/a"))
    axes = {"rotation1": (["turn"], [1, 0, 0], ""), "rotation2": (["turn"], [0, 1, 0], bent),
            "rotation3": (["led"], [0, 0, 1], "")}  # fmt: skip
    knee = osim.custom(name, ("/bodyset/a", "/bodyset/b"), axes)
    couplers = [osim.coupler(f"{name}_leads", "led", ["turn"], bent)]
    source = written(osim.model(["a", "b"], [weld, knee], (), couplers))
    write_scaled_osim(source, {}, tmp_path / "scaled.osim")
    assert_scaled(source, tmp_path / "scaled.osim", np.ones((2, 3)))
    assert (tmp_path / "scaled.osim").read_text(encoding="utf-8").count(repr(0.2 / 3)) == 2
