"""The layout of a network's output follows from the model, whichever it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.monocular.head import Head


def test_the_own_body_is_told_by_its_free_joints_and_its_lengths() -> None:
    model = own_body()
    head = Head(model)
    names = [model.coordinate_names[i] for i in head.columns]
    assert not any(name.startswith("pelvis") for name in names)
    assert not any(model.coordinates[i].locked for i in head.columns)
    assert {"knee_angle_r", "hip_rotation_l", "elbow_flex_r", "lumbar_bending"} <= set(names)
    rows = dict(zip(model.body_names, head.factor_rows, strict=True))
    assert rows["femur_r"] == rows["femur_l"] != rows["tibia_r"]
    assert head.factors == 14
    assert head.numbers == 6 + 3 * 14 + len(names)


def test_bounds_hold_the_ranges_and_two_turns_at_most() -> None:
    model = own_body()
    wide = tuple(
        replace(one, range=(-50.0, 50.0)) if one.name == "knee_angle_r" else one for one in model.coordinates
    )
    head = Head(replace(model, coordinates=wide))
    middle, half = head.bounds
    for column, m, h in zip(head.columns, middle, half, strict=True):
        low, high = wide[column].range
        if wide[column].name == "knee_angle_r":
            low, high = -2 * np.pi, 2 * np.pi
        assert m - h < low
        assert m + h > high
        assert m == pytest.approx((low + high) / 2)


@pytest.mark.shared
def test_the_papers_model_has_the_papers_output(shared_data: Path) -> None:
    """D3KE's full body: six numbers of the root, and factors and coordinates that follow from the file."""
    pytest.importorskip("opensim")
    from kinelab.body.model_file import open_model

    model = open_model(shared_data / "opensim" / "d3ke" / "full_body.osim")
    head = Head(model)
    coupled = {coupler.dependent for coupler in model.couplers}
    names = {model.coordinate_names[i] for i in head.columns}
    assert not names & coupled
    assert head.numbers == 6 + 3 * head.factors + len(names)
    assert "knee_angle_r" in names


def test_a_model_without_one_root_is_refused() -> None:
    model = own_body()
    loose = replace(model.joints[1], parent="ground")
    with pytest.raises(InputError, match=r"has 2 bodies on ground \(pelvis, femur_r\)"):
        Head(replace(model, joints=(model.joints[0], loose, *model.joints[2:])))
