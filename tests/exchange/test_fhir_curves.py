from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir_curves import curve_names, curve_observation, sampled


def test_an_angle_of_one_leg_is_cut_by_its_own_strides(strides: Strides) -> None:
    assert curve_names(strides) == [
        ("left", "knee_angle_l"), ("left", "trunk_lean"), ("right", "knee_angle_r"), ("right", "trunk_lean")
    ]  # fmt: skip
    assert curve_names(replace(strides, used=[False] * 4)) == []


def test_the_mean_curve_of_the_left_knee(
    strides: Strides, kinematics: Kinematics, report: Report, state: DocumentState, identity: Identity
) -> None:
    found = curve_observation(
        "left", "knee_angle_l", strides, kinematics,
        report=report, state=state, identity=identity, device="urn:uuid:d",
    )  # fmt: skip
    curve = found["valueSampledData"]
    values = [Decimal(text) for text in curve["data"].split(" ")]
    assert len(values) == 101
    # Curves of 10 and 12 deg at 0 %, of 50 and 52 deg at 50 %.
    assert values[0] == Decimal(11)
    assert values[50] == Decimal(51)
    # Left strides last 1.20 and 1.22 s: a hundredth of their mean is 12.1 ms.
    assert curve["period"] == Decimal("12.1")
    assert curve["dimensions"] == 1
    assert curve["origin"]["value"] == 0
    assert curve["origin"]["code"] == "deg"
    parts = {part["code"]["coding"][0]["code"]: part for part in found["component"]}
    assert parts["n"]["valueInteger"] == 2
    assert parts["stride_time"]["valueQuantity"]["value"] == Decimal("1.21")
    assert parts["foot"]["valueCodeableConcept"]["text"] == "left foot"
    assert set(parts["curve_sd"]["valueSampledData"]["data"].split(" ")) == {"1.41"}
    assert parts["angle_sd"]["valueQuantity"]["value"] == Decimal("2.5")
    assert found["bodySite"]["text"] == "left knee"


def test_one_stride_has_no_spread(
    strides: Strides, report: Report, state: DocumentState, identity: Identity
) -> None:
    found = curve_observation(
        "right", "knee_angle_r", strides, None,
        report=report, state=state, identity=identity, device="urn:uuid:d",
    )  # fmt: skip
    assert [part["code"]["coding"][0]["code"] for part in found["component"]] == ["n", "foot", "stride_time"]


def test_a_point_that_no_stride_has_is_told_as_such() -> None:
    values = np.full(101, 1.5)
    values[3] = np.nan
    assert sampled(values, 1.0)["data"].split(" ")[2:5] == ["1.5", "E", "1.5"]
    with pytest.raises(AssertionError):
        sampled(values[:100], 1.0)
