"""The whole way: learnt from people, kept in a file, told of who moves otherwise, and where."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError, ModelError
from kinelab.gait.deviation_variables import NAMES
from kinelab.gait.norms import NormLabel
from kinelab.patterns.anomaly import AnomalyModel, find_anomaly, left_deg, scores_deg
from kinelab.patterns.anomaly_file import SHIPPED, load_anomaly, save_anomaly
from kinelab.patterns.anomaly_measures import anomaly_measures
from kinelab.patterns.anomaly_training import (
    AnomalyTraining,
    folds_of,
    of_fold,
    train_anomaly,
    train_kinds,
    unseen_left_deg,
)
from kinelab.patterns.autoencoder_training import Training
from kinelab.patterns.explaining import PART_OF, blame, cause_of
from kinelab.patterns.planted import Planted, choose_middle, plant
from kinelab.patterns.stride_curves import StrideCurves

People = Callable[..., StrideCurves]
LABEL = NormLabel("ours", "1", "our ward", "our model", "adults", 0, "our own", "none", "themselves")
SMALL = AnomalyTraining(folds=3, rate=0.1, middle=5, width=8, training=Training(steps=12, batch=6))
KNEE = Planted("knee_flexion", 55, 85, -40)


@pytest.fixture(scope="module")
def small(people: People) -> AnomalyModel:
    pytest.importorskip("torch")
    return train_anomaly(people(12), LABEL, SMALL)


def test_a_model_knows_its_people_and_survives_its_file(small: AnomalyModel, tmp_path: Path) -> None:
    assert (small.label.people, small.healthy_deg.size, small.healthy_legs_deg.size) == (12, 12, 24)
    # A person's score is that of the higher leg.
    np.testing.assert_array_equal(small.healthy_deg, small.healthy_legs_deg.reshape(12, 2).max(axis=1))
    assert small.card.figures["false_alarms_mean"] == pytest.approx(1 / 13, abs=1e-4)
    save_anomaly(small, tmp_path / "ours.safetensors")
    back = load_anomaly(tmp_path / "ours.safetensors")
    assert (back.label, back.rate, back.offset_free, back.card) == (
        small.label, small.rate, small.offset_free, small.card
    )  # fmt: skip
    tried = np.random.default_rng(0).normal(0, 10, (3, 9, 101))
    np.testing.assert_allclose(
        scores_deg(left_deg(back.networks, tried)), scores_deg(left_deg(small.networks, tried)), rtol=0.01
    )
    np.testing.assert_allclose(back.healthy_deg, small.healthy_deg, rtol=1e-3)


def test_unseen_rows_are_scored_by_networks_without_them(people: People) -> None:
    pytest.importorskip("torch")
    rows = people(4).curves_deg
    known = np.ones((3, 8), bool)
    known[0, :2] = known[1, 2:4] = False
    design = replace(SMALL, seeds=2, training=Training(steps=3, batch=4))
    kinds = train_kinds(3, rows, known, design)
    unseen = unseen_left_deg(kinds, known, rows)
    for m, held in ((0, slice(0, 2)), (1, slice(2, 4))):
        seeds = [own.left_deg(rows[held])[[m, m + 3]].mean(axis=0) for own in kinds]
        np.testing.assert_allclose(unseen[:, held], np.stack(seeds), atol=1e-4)
        assert of_fold(kinds[0], m, 3).mean_deg.shape == (2, 17, 27)
    assert not unseen[:, 4:].any()


def test_people_stay_together_in_folds() -> None:
    person = ("a", "a", "b", "c", "c", "d", "e")
    fold = folds_of(person, 3, seed=4)
    assert fold[0] == fold[1]
    assert fold[3] == fold[4]
    assert sorted(np.bincount(fold[[0, 2, 3, 5, 6]]).tolist()) == [1, 2, 2]
    with pytest.raises(InputError, match="2 people cannot be parted into 3 folds"):
        folds_of(("a", "b"), 3, 0)


def test_what_may_not_be_learnt_from(people: People) -> None:
    healthy = people(12)
    with pytest.raises(
        InputError, match=r"24 of 24 strides are synthetic, and what healthy people score rests"
    ):
        train_anomaly(replace(healthy, synthetic=np.ones(24, bool)), LABEL, SMALL)
    with pytest.raises(InputError, match=r"12 healthy people cannot promise 0.05 false alarms; 19 or more"):
        train_anomaly(healthy, LABEL, replace(SMALL, rate=0.05))


def test_a_planted_bump_is_where_it_is_said() -> None:
    none = np.zeros((2, 9, 101))
    altered = plant(none, Planted("hip_flexion", 90, 120, 8))
    k = NAMES.index("hip_flexion")
    assert not np.delete(altered, k, axis=1).any()
    assert altered[0, k].max() == pytest.approx(8, abs=0.1)
    assert altered[0, k, 5] == altered[0, k].max()  # in the middle of 90 to 120 %
    assert not altered[:, k, 21:90].any()
    assert [Planted("hip_flexion", 90, 120, 8).holds(pct) for pct in (89, 95, 15, 25)] == [0, 1, 1, 0]
    with pytest.raises(InputError, match=r"phase is 50 to 40 %, expected a part of one stride"):
        Planted("hip_flexion", 50, 40, 8)


def test_the_middle_is_as_narrow_as_the_people_allow(people: People) -> None:
    # Five ways in which people differ, nearly without noise: five numbers tell the person, more tell nothing.
    healthy = people(12)
    assert choose_middle(healthy.curves_deg, healthy.person) == 5
    # One leg of one person is missing.
    assert choose_middle(healthy.curves_deg[1:], healthy.person[1:]) == 5


def test_a_cause_is_the_top_of_the_shares_with_its_neighbours() -> None:
    shares = np.zeros((9, 10))
    shares[6, [9, 0, 1, 4]] = 0.4, 0.3, 0.1, 0.35
    above = np.zeros((9, 101))
    above[6, ::2] = np.where(np.isin(PART_OF, [9, 0]), -7, 100)
    cause = cause_of(shares, above)
    assert (cause.variable, cause.start_pct, cause.stop_pct) == ("knee_flexion", 90, 110)
    assert cause.share == pytest.approx(0.7)
    assert cause.mean_deg == -7


def shipped_leg(planted: Planted | None = None) -> Array:
    """A leg as healthy as the shipped networks know any, with or without a deviation."""
    curves = load_anomaly().mean_deg[None]
    return np.repeat(curves if planted is None else plant(curves, planted), 3, axis=0)


def test_the_shipped_model_tells_a_stiff_knee_and_where_it_is() -> None:
    model = load_anomaly()
    assert SHIPPED.stat().st_size < 300_000
    assert "CC BY 4.0" in model.card.data
    usual = find_anomaly(model, {"left": shipped_leg(), "right": shipped_leg()})
    assert usual is not None
    assert not usual.unusual
    assert usual.p > 0.5
    stiff = find_anomaly(model, {"left": shipped_leg(), "right": shipped_leg(KNEE)})
    assert stiff is not None
    assert stiff.unusual
    assert stiff.p == pytest.approx(1 / 43)
    leg = stiff.legs["right"]
    assert leg.cause.variable == "knee_flexion"
    assert KNEE.holds((leg.cause.start_pct + leg.cause.stop_pct) / 2)
    assert leg.cause.mean_deg < -5
    assert leg.n == 3
    rows = {row.side: row for row in anomaly_measures(stiff)}
    assert {side: row.outside for side, row in rows.items()} == {"left": False, "right": True, "both": True}
    assert rows["both"].value == rows["right"].value


def test_shares_fall_to_nothing_where_the_networks_agree() -> None:
    networks = load_anomaly().networks
    curves = shipped_leg(KNEE)[0]
    shares = blame(networks, curves)
    assert shares.shape == (9, 10)
    k = NAMES.index("knee_flexion")
    assert np.unravel_index(shares.argmax(), shares.shape)[0] == k
    # The bump is largest from 60 to 80 %: the two tenths hold more than all other parts of all curves.
    assert shares[k, 6:8].sum() > np.delete(shares.ravel(), [10 * k + 6, 10 * k + 7]).max() * 2


def test_posture_does_not_count_and_a_missing_curve_is_no_score() -> None:
    model = load_anomaly()
    straight, bent = shipped_leg(), shipped_leg() + 12.0
    found = [find_anomaly(model, {"left": one, "right": one}) for one in (straight, bent)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].score_deg == pytest.approx(found[1].score_deg, rel=1e-3)
    lacking = shipped_leg()
    lacking[:, 0] = np.nan
    assert find_anomaly(model, {"left": lacking, "right": lacking}) is None
    one_leg = find_anomaly(model, {"left": lacking, "right": straight})
    assert one_leg is not None
    assert list(one_leg.legs) == ["right"]
    assert [row.side for row in anomaly_measures(one_leg)] == ["right"]


def test_scoring_needs_no_torch() -> None:
    code = (
        "import sys, numpy as np\n"
        "from kinelab.patterns.anomaly import find_anomaly\n"
        "from kinelab.patterns.anomaly_file import load_anomaly\n"
        "m = load_anomaly()\n"
        "find_anomaly(m, {s: np.asarray(m.mean_deg)[None] for s in ('left', 'right')})\n"
        "assert not {'torch', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no network file"):
        load_anomaly(tmp_path / "none.safetensors")
    (tmp_path / "short.safetensors").write_bytes(SHIPPED.read_bytes()[:5000])
    with pytest.raises(ModelError, match="not a safetensors file, or it is cut short"):
        load_anomaly(tmp_path / "short.safetensors")
    events = SHIPPED.with_name("gait_events.safetensors")
    with pytest.raises(ModelError, match="has the format"):
        load_anomaly(events)
    altered = SHIPPED.read_bytes().replace(b'\\"middle\\":30', b'\\"middle\\":31')
    (tmp_path / "altered.safetensors").write_bytes(altered)
    with pytest.raises(ModelError, match=r"is no valid model of strides .*; it was altered"):
        load_anomaly(tmp_path / "altered.safetensors")
    with pytest.raises(InputError, match="give a name that ends so"):
        save_anomaly(load_anomaly(), tmp_path / "model.bin")
