"""The presets are the papers' designs, ask only for what exists, and have a quick form."""

from __future__ import annotations

from collections import Counter

import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.sessions.design import SEVEN_SENSORS
from kinelab.virtual_lab.sessions.presets import EVERYDAY, PRESETS, preset, quick
from kinelab.virtual_lab.sessions.record_worn import check_sensing
from kinelab.virtual_lab.sessions.stage import check_filming
from kinelab.virtual_lab.sessions.trial import check_design, plan_trials


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_asks_only_for_what_exists(name: str) -> None:
    design = preset(name)
    assert design.name == name
    for one in (design, quick(design)):
        check_design(one)
        if one.filming is not None:
            check_filming(one.filming)
        if one.sensing is not None:
            check_sensing(one.sensing)


def test_the_papers_numbers() -> None:
    landings, water, movi = preset("johnson2022"), preset("cronin2019"), preset("bittner2022")
    assert landings.people == 41
    assert landings.filming is not None
    assert (landings.filming.cameras, landings.filming.rate_hz) == (("frontal",), 240)
    assert {task.movement for task in landings.tasks} == {
        "drop_landing", "drop_landing_right", "drop_landing_left"
    }  # fmt: skip
    assert water.days == 2
    assert water.outfit == "swim"
    assert water.filming is not None
    assert water.filming.place == "pool"
    assert len(set(EVERYDAY)) == 20
    assert (movi.people, len(list(plan_trials(movi)))) == (90, 90 * 20)
    groups = Counter(movi.group_of(person) for person in range(movi.people))
    assert groups == {"train": 63 + 8, "test": 16, "validation": 3}
    for name, people in (("rapp2021-walk", 420), ("rapp2021-run", 580)):
        design = preset(name)
        assert design.people == people
        assert design.sensing is not None
        assert (design.sensing.segments, design.sensing.rate_hz) == (SEVEN_SENSORS, 200)


@pytest.mark.parametrize("name", PRESETS)
def test_quick_is_small_whatever_the_preset(name: str) -> None:
    small = quick(preset(name))
    assert small.people == 2
    assert all(task.trials == 1 and (task.duration_s or 9) <= 2 for task in small.tasks)
    assert len(small.tasks) <= 2
    assert small.filming is None or min(small.filming.size_px) == 256
    if small.split is not None:
        assert {small.group_of(0), small.group_of(1)} == {"train", "test"}


def test_quick_makes_small_pictures_no_larger() -> None:
    from dataclasses import replace

    from kinelab.virtual_lab.sessions.design import Filming

    small = replace(preset("cronin2019"), filming=Filming(size_px=(128, 96)))
    assert quick(small).filming == replace(Filming(), size_px=(128, 96), rate_hz=25.0)


def test_an_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no preset 'smith'; there are johnson2022, cronin2019"):
        preset("smith")
