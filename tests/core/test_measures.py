from __future__ import annotations

import pytest

from kinelab.core.measures import Measure, Measures, Reference
from kinelab.errors import InputError

HEALTHY = Reference(100, 130, "a paper")


@pytest.mark.parametrize(("value", "outside"), [(99.9, True), (100, False), (130, False), (130.1, True)])
def test_outside_its_range(value, outside):
    assert Measure("cadence", value, "1/min", 5, reference=HEALTHY).outside is outside


def test_without_a_range_nothing_is_outside():
    assert Measure("cadence", 1, "1/min", 5).outside is None


def test_get_and_walk():
    left, right = (Measure("stride_time", t, "s", 4, side=s) for t, s in ((1.1, "left"), (1.0, "right")))
    measures = Measures([left, right])
    assert len(measures) == 2
    assert list(measures) == [left, right]
    assert measures.get("stride_time", "right") is right
    with pytest.raises(
        InputError, match=r"no measure cadence \(both\); there are stride_time \(left\), stride_"
    ):
        measures.get("cadence")
    with pytest.raises(InputError, match="there are none"):
        Measures(()).get("cadence")


def test_frame():
    frame = Measures([Measure("cadence", 90, "1/min", 5, reference=HEALTHY)]).to_frame()
    assert frame.loc[0, ["quantity", "value", "unit", "n", "outside"]].tolist() == [
        "cadence",
        90,
        "1/min",
        5,
        True,
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", 1, "s", 1), "quantity is empty"),
        (("t", 1, "", 1), r"Measure t: unit is empty \(use '1' for a ratio\)"),
        (("t", 1, "s", 0), "n is 0: a value needs at least one stride behind it"),
        (("t", float("nan"), "s", 1), "value is nan"),
        (("t", 1, "s", 1, "middle"), "side is 'middle', allowed are 'left', 'right', 'both'"),
        (("t", 1, "s", 1, "left", -0.1), "sd is -0.1"),
    ],
)
def test_bad_measure(arguments, message):
    with pytest.raises(InputError, match=message):
        Measure(*arguments)


def test_twice_the_same_measure():
    row = Measure("t", 1, "s", 1, side="left")
    with pytest.raises(InputError, match=r"rows holds t \(left\) more than once"):
        Measures((row, row))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 1, "x"), "low 2 is not below high 1"),
        ((1, 1, "x"), "low 1 is not below high 1"),
        ((float("nan"), 1, "x"), "low nan is not below high 1"),
        ((1, 2, " "), "source is empty: a norm without a source is not a norm"),
    ],
)
def test_bad_reference(arguments, message):
    with pytest.raises(InputError, match=message):
        Reference(*arguments)
