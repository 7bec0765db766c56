"""A person's decisions on strides."""

from __future__ import annotations

import numpy as np

from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.gait.deciding import Wanted, decided, unchanged


def three() -> Strides:
    curves = np.zeros((3, STRIDE_POINTS, 0))
    return Strides(
        ("left", "right", "left"), np.array([0.0, 0.5, 1.0]), np.array([0.6, 1.1, np.nan]),
        np.array([1.0, 1.5, 2.0]), np.array([True, True, False]), ("", "", "no toe-off found"), (), curves,
    )  # fmt: skip


def test_strides_are_left_out_and_taken_in_by_foot_and_start() -> None:
    wanted = {
        ("left", 0.0): Wanted(False, "stumbled", "Dr A"),
        ("left", 1.0): Wanted(True, "the swing is seen", "Dr B"),
        ("left", 0.5): Wanted(False, "of the other foot", "Dr B"),
    }
    found = decided(three(), wanted)
    assert found.used.tolist() == [False, True, True]
    assert found.why_not == ("left out by Dr A: stumbled", "", "")


def test_without_a_word_nothing_changes() -> None:
    strides = three()
    assert unchanged(strides) is strides
    assert decided(strides, {}).why_not == strides.why_not
