"""Deviation scores: closed forms, signs of the nine curves, and the published groups."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.strides import Strides
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.gait.deviation import Deviation, deviation, gvs_of
from kinelab.gait.deviation_measures import deviation_findings, deviation_measures, model_of
from kinelab.gait.deviation_variables import NAMES, VARIABLES, nine_curves
from kinelab.gait.norms import NormLabel, NormSet
from kinelab.gait.norms_making import make_norms
from kinelab.gait.norms_store import SHIPPED, find_norms

TOOL = Path(__file__).resolve().parents[2] / "tools" / "norms.py"
LABEL = NormLabel("made-up", "2", "our laboratory", "our model", "drawn", 20, "a test", "none", "these")
STEP_DEG = 4.0


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("norms_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["norms_tool"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def healthy() -> Array:
    """(20 people, 2, 9, 101): a common curve, people's offsets, harmonics of their own."""
    rng = np.random.default_rng(0)
    phase = 2 * np.pi * np.linspace(0, 1, 101)
    waves = np.stack([f(k * phase) for k in (1, 2, 3, 4) for f in (np.sin, np.cos)])
    common = rng.normal(0, 10, (9, 8)) @ waves + rng.normal(0, 10, (9, 1))
    own = rng.normal(0, 1.5, (20, 2, 9, 8)) @ waves
    return np.asarray(common + own + rng.normal(0, 3, (20, 2, 9, 1)))


@pytest.fixture(scope="module")
def norms(healthy: Array) -> NormSet:
    return make_norms(LABEL, healthy)


def both(left: Array, right: Array) -> dict[Side, Array]:
    return {"left": left, "right": right}


def test_an_offset_and_a_wave_have_the_scores_that_they_must(norms: NormSet) -> None:
    mean = norms.measured.mean_deg
    wave = np.zeros((9, 101))
    wave[6] = STEP_DEG * np.sqrt(2) * np.sin(2 * np.pi * (np.arange(101) + 0.5) / 101)
    found = deviation(both((mean + STEP_DEG)[None], np.stack([mean, mean + wave])), norms)
    assert found.measured["left"].gvs_deg == pytest.approx(np.full((1, 9), STEP_DEG))
    assert found.measured["left"].gps_deg == pytest.approx(STEP_DEG)
    assert found.offset_free["left"].gps_deg == pytest.approx(0, abs=1e-4)
    right = found.measured["right"]
    assert (right.n, right.gps_deg[0]) == (2, pytest.approx(0, abs=1e-5))
    assert right.gvs_deg[1, 6] == pytest.approx(STEP_DEG)
    assert right.gps_deg[1] == pytest.approx(STEP_DEG / 3)
    assert found.offset_free["right"].gps_deg[1] == pytest.approx(STEP_DEG / 3)
    # 15 variables: nine of 4 deg of the left leg, six of the right of which the knee's is 2 on average.
    assert found.both_gps_deg() == pytest.approx(np.sqrt((9 * 16 + 4) / 15))
    assert right.gdi[0] > 150 > found.measured["left"].gdi[0]


def test_the_healthy_have_gdi_100_with_sd_10_and_their_scores_fill_the_range(
    healthy: Array, norms: NormSet
) -> None:
    found = deviation(both(healthy[:, 0], healthy[:, 1]), norms)
    for legs in (found.measured, found.offset_free):
        gdi = np.concatenate([legs[side].gdi for side in SIDES])
        assert (gdi.mean(), gdi.std(ddof=1)) == (pytest.approx(100, abs=1e-3), pytest.approx(10, abs=1e-3))
    rows = {(m.quantity, m.side): m for m in deviation_measures(found)}
    gps = rows["gps_deg", "left"]
    assert (gps.n, gps.unit) == (20, "deg")
    assert gps.sd == pytest.approx(found.measured["left"].gps_deg.std(ddof=1))
    assert gps.reference is not None
    assert gps.reference.source == "95 % of 20 healthy, norm set made-up 2, our laboratory"
    inside = (found.measured["left"].gps_deg > gps.reference.low) & (
        found.measured["left"].gps_deg < gps.reference.high
    )
    assert inside.mean() >= 0.85
    assert rows["gdi", "both"].value == pytest.approx(100, abs=1e-3)
    assert {f"gvs_{name}_deg" for name in NAMES} <= {quantity for quantity, _ in rows}
    assert rows["gps_offset_free_deg", "both"].value < rows["gps_deg", "both"].value


def test_features_of_patients_too_show_more_of_what_patients_do(healthy: Array) -> None:
    patients = healthy[:, 0] + 15 * np.sin(np.linspace(0, np.pi, 101))
    wide = make_norms(LABEL, healthy, patients)
    narrow = make_norms(LABEL, healthy)
    scores = [deviation(both(patients, patients), norms).measured["left"].gdi for norms in (wide, narrow)]
    assert scores[0].mean() < scores[1].mean() < 100


def strides_of(kinematics: Kinematics, spans: list[tuple[float, float, Side]]) -> Strides:
    at = [np.linspace(start, stop, 101) for start, stop, _ in spans]
    time_s = kinematics.time.time_s
    curves = [
        np.stack([np.interp(t, time_s, kinematics.of(name)) for name in kinematics.names], 1) for t in at
    ]
    return Strides(
        side=tuple(side for *_, side in spans),
        start_s=np.array([start for start, *_ in spans]),
        toe_off_s=np.full(len(spans), np.nan),
        stop_s=np.array([stop for _, stop, _ in spans]),
        used=np.ones(len(spans), bool),
        why_not=("",) * len(spans),
        names=kinematics.names,
        curves_deg=np.array(curves),
    )


def walker(heading_deg: float, speed_mps: float = 1.2, **angles: float) -> tuple[Strides, Kinematics]:
    """Someone who goes in a direction (angle about Y) with constant angles; one stride of each leg."""
    time = Timebase(50.0, 150)
    stems = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
    names = ("pelvis_tilt", "pelvis_list", "pelvis_rotation", *(f"{s}_{e}" for s in stems for e in "rl"))
    table = np.tile([float(angles.get(name, 0.0)) for name in names], (time.n, 1))
    table[:, 2] += heading_deg
    heading = np.radians(heading_deg)
    way = np.array([np.cos(heading), 0.0, -np.sin(heading)])
    kinematics = Kinematics(
        names, time, table, np.full(table.shape, np.nan), np.ones(table.shape, bool),
        provenance=Provenance(settings={"model": "our model"}),
        pelvis_position_m=speed_mps * time.time_s[:, None] * way,
    )  # fmt: skip
    return strides_of(kinematics, [(0.2, 1.3, "left"), (0.8, 1.9, "right")]), kinematics


def of(curves: dict[Side, Array], name: str) -> dict[str, float]:
    return {side: float(curves[side][0, NAMES.index(name)].mean()) for side in SIDES}


@pytest.mark.parametrize("heading_deg", [0.0, 130.0, -175.0])
def test_signs_are_those_of_gait_laboratories_whatever_the_way(heading_deg: float) -> None:
    strides, kinematics = walker(
        heading_deg, pelvis_tilt=-10, pelvis_list=4, pelvis_rotation=6, hip_flexion_r=20, knee_angle_l=15,
        hip_rotation_r=5,
    )  # fmt: skip
    curves = nine_curves(strides, kinematics)
    assert of(curves, "pelvic_tilt") == pytest.approx({"left": 10, "right": 10})
    assert of(curves, "pelvic_obliquity") == pytest.approx({"left": 4, "right": -4})
    assert of(curves, "pelvic_rotation") == pytest.approx({"left": -6, "right": 6})
    assert of(curves, "hip_flexion") == pytest.approx({"left": 0, "right": 20})
    assert of(curves, "knee_flexion") == pytest.approx({"left": 15, "right": 0})
    assert of(curves, "hip_rotation") == pytest.approx({"left": 0, "right": 5})


@pytest.mark.parametrize(("side", "end"), [("left", "l"), ("right", "r")])
def test_a_leg_turned_inward_points_its_foot_inward(side: Side, end: str) -> None:
    before, after = (
        of(nine_curves(*walker(40.0, **{f"hip_rotation_{end}": turned})), "foot_progression")[side]
        for turned in (0.0, 10.0)
    )
    assert after - before == pytest.approx(10, abs=0.2)
    assert abs(before) < 5


def test_a_measured_foot_progression_is_taken_as_it_is() -> None:
    _, kinematics = walker(0.0)
    names = (*kinematics.names, "foot_progression_l")
    table = np.column_stack([kinematics.angle_deg, np.full(kinematics.time.n, 7.0)])
    more = Kinematics(names, kinematics.time, table, np.full(table.shape, np.nan), np.ones(table.shape, bool))
    curves = nine_curves(strides_of(more, [(0.2, 1.3, "left")]), more)
    assert curves["left"][0, -1] == pytest.approx(-7.0)  # outward is negative there
    assert curves["right"].shape == (0, 9, 101)
    one_leg = deviation(curves, find_norms())
    assert one_leg.measured["right"].n == 0
    assert np.isfinite(one_leg.measured["left"].gdi).all()
    assert np.isnan(one_leg.both_gps_deg())
    assert ("gps_deg", "both") not in {(m.quantity, m.side) for m in deviation_measures(one_leg)}


def test_on_a_treadmill_the_pelvis_tells_the_way() -> None:
    strides, kinematics = walker(25.0, speed_mps=0.0)
    for given in (kinematics, None):
        assert of(nine_curves(strides, given), "pelvic_rotation") == pytest.approx(
            {"left": 0, "right": 0}, abs=1e-9
        )
    assert not np.isfinite(nine_curves(strides)["left"][0, NAMES.index("foot_progression")]).any()


def scored(norms: NormSet, **angles: float) -> Deviation:
    return deviation(nine_curves(*walker(0.0, **angles)), norms)


def test_another_model_and_missing_curves_are_said(norms: NormSet) -> None:
    strides, kinematics = walker(0.0)
    assert model_of(kinematics) == "our model"
    assert deviation_findings(scored(norms), "Our Model", "our laboratory") == ()
    other, lab = deviation_findings(scored(norms), "another", None)
    assert other.level == "warning"
    assert "norm set of another model" in other.text
    assert "norm set made-up 2: our model; here: another" in other.evidence
    assert lab.level == "attention"
    assert "laboratory is that of these angles is not known" in lab.text
    few = deviation(nine_curves(strides), norms)
    assert "missing: foot progression" in deviation_findings(few, "our model", "our laboratory")[0].evidence
    quantities = {m.quantity for m in deviation_measures(few)}
    assert "gvs_knee_flexion_deg" in quantities
    assert not {"gps_deg", "gdi", "gps_offset_free_deg"} & quantities


def test_refusals(norms: NormSet, healthy: Array) -> None:
    with pytest.raises(
        InputError, match=r"left curves have shape \(1, 8, 101\), expected \(strides, 9, 101\)"
    ):
        deviation(both(np.zeros((1, 8, 101)), np.zeros((1, 9, 101))), norms)
    with pytest.raises(InputError, match="2 people have a leg with all variables"):
        make_norms(LABEL, healthy[:2])
    with pytest.raises(InputError, match="0 people have a leg with all variables that anybody has"):
        make_norms(LABEL, np.full((4, 2, 9, 101), np.nan))
    with pytest.raises(InputError, match="laboratory is empty: a norm must say it"):
        NormLabel("a", "1", " ", "m", "", 3, "s", "l", "b")


def test_a_set_of_some_variables_scores_these_only(healthy: Array) -> None:
    some = healthy.copy()
    some[:, :, [0, 1, 2, 8]] = np.nan
    planar = make_norms(LABEL, some)
    assert (planar.whole, planar.variables) == (False, NAMES[3:8])
    found = deviation(both(healthy[:3, 0], healthy[:3, 1]), planar)
    assert np.isfinite(found.measured["left"].gvs_deg).sum(axis=1).tolist() == [5, 5, 5]
    assert not np.isfinite(found.measured["left"].gps_deg).any()
    assert not np.isfinite(found.measured["left"].gdi).any()


def test_the_shipped_set_says_where_it_is_from() -> None:
    shipped = find_norms()
    assert shipped.whole
    assert shipped.label.title == "adults-fukuchi2018 1"
    assert "CC BY 4.0" in shipped.label.attribution
    knee = shipped.measured.mean_deg[NAMES.index("knee_flexion")]
    assert 55 < knee.max() < 70  # deg in swing
    assert 65 < int(knee.argmax()) < 78  # % of the stride
    assert [v.name for v in VARIABLES] == list(NAMES)


GROUPS = {"parkinson off": (7.21, 88.5), "parkinson on": (6.94, 89.5), "amputee": (9.75, 78.3)}


@pytest.mark.shared
def test_published_groups(tool: ModuleType, shared_data: Path) -> None:
    """GPS 4.95 / 7.21 / 6.94 / 9.75 deg, GDI 100 / 88.5 / 89.5 / 78.3; ln GPS and GDI correlate -0.999."""
    recorded = tool.read_curves(shared_data / "gait/curves_healthy_pd_amputee" / tool.CURVES.name)
    curves, group = recorded.curves_deg, np.array(recorded.group)
    made, shipped = tool.norms_of(recorded), find_norms()
    assert made.label == shipped.label
    assert shipped.measured.basis == pytest.approx(made.measured.basis, abs=1e-6)
    found = deviation(both(curves[:, 0], curves[:, 1]), shipped)
    gps, gdi = (
        np.stack([getattr(found.measured[side], name) for side in SIDES]) for name in ("gps_deg", "gdi")
    )
    for name, (published_gps, published_gdi) in GROUPS.items():
        assert round(float(gps[:, group == name].mean()), 2) == published_gps
        assert round(float(gdi[:, group == name].mean()), 1) == published_gdi
    assert round(float(gdi[:, group == "healthy"].mean()), 1) == 100.0
    assert round(float(np.corrcoef(np.log(gps.ravel()), gdi.ravel())[0, 1]), 3) == -0.999
    healthy = curves[group == "healthy"]
    # Each against the other 41: nobody is compared with himself.
    means = [np.delete(healthy, i, axis=0).mean(axis=(0, 1)) for i in range(len(healthy))]
    alone = np.sqrt(
        [np.square(gvs_of(legs, mean)).mean(axis=1) for legs, mean in zip(healthy, means, strict=True)]
    )
    assert round(float(alone.mean()), 2) == 4.95
    assert np.log(alone).mean() == pytest.approx(shipped.measured.ln_gps[0], abs=1e-6)
    # With Baker's 51 points of a curve: as good as the same.
    fewer = np.sqrt(np.square(curves - shipped.measured.mean_deg)[..., ::2].mean(axis=(-1, -2))).T
    for name in GROUPS:
        assert fewer[:, group == name].mean() == pytest.approx(gps[:, group == name].mean(), abs=0.013)


def test_the_shipped_file_is_small() -> None:
    assert SHIPPED.stat().st_size < 100_000
