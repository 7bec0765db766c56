"""Options become a design; what contradicts itself is told, not guessed."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from kinelab.errors import InputError
from kinelab.pipeline.lab_options import LabOptions, design_of
from kinelab.virtual_lab.sessions.design import SEVEN_SENSORS, Filming, LabDesign, Marking, Sensing, Task
from kinelab.virtual_lab.sessions.presets import PRESETS, quick


def test_nothing_asked_is_the_default() -> None:
    assert design_of(LabOptions()) == LabDesign()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_alone_is_the_preset(name: str) -> None:
    assert design_of(LabOptions(preset=name)) == PRESETS[name]
    assert design_of(LabOptions(preset=name, quick=True)) == quick(PRESETS[name])


def test_every_option_changes_something() -> None:
    given = LabOptions(
        seed=3, people=9, population="runners", movement="walk", trials=2, days=2, duration_s=3.0,
        pattern="crouch", dose=(0.2, 0.4), outfit="lab", body="solids", cameras="back, frontal",
        size_px=(320, 240), fps=30.0, device="webcam", quality="webcam", camera_height_m=0.5, place="gym",
        backgrounds=Path("b"), occluders=True, others=2, masks=True, sensors="7", sensor_rate=200.0,
        sensor_quality="ideal", sensor_format="xsens", markers="rigid", marker_format="c3d", plates=True,
        raters=2, treadmill=True,
    )  # fmt: skip
    assert design_of(given) == LabDesign(
        people=9, population="runners", days=2, outfit="lab", body="solids", seed=3,
        tasks=(Task("walk", 2, 3.0, "crouch", (0.2, 0.4), treadmill=True),),
        filming=Filming(("back", "frontal"), (320, 240), 30.0, "webcam", "webcam", None, 0.5, "gym",
                        Path("b"), True, 2, True),
        sensing=Sensing(SEVEN_SENSORS, 200.0, "ideal", "xsens"),
        marking=Marking(skin="rigid", plates=True, form="c3d", raters=2),
    )  # fmt: skip
    # One option at a time, so that none is forgotten.
    for field in fields(LabOptions):
        value = getattr(given, field.name)
        if field.name in ("preset", "quick", "motion"):
            continue
        pattern = "crouch" if field.name in ("dose", "pattern") else None
        one = replace(LabOptions(pattern=pattern), **{field.name: value})
        if field.name != "movement":  # walk is the default
            assert design_of(one) != design_of(
                LabOptions(pattern=None if field.name == "pattern" else pattern)
            )


def test_a_motion_file_takes_the_place_of_movements() -> None:
    (task,) = design_of(LabOptions(motion=Path("clip.bvh"), trials=2, duration_s=1.0)).tasks
    assert (task.motion_file, task.trials, task.duration_s) == (Path("clip.bvh"), 2, 1.0)


def test_sets_of_sensors_and_none() -> None:
    fifteen = design_of(LabOptions(sensors="15")).sensing
    assert fifteen is not None
    assert len(set(fifteen.segments)) == 15
    assert design_of(LabOptions(preset="rapp2021-run", sensors="none")).sensing is None
    assert design_of(LabOptions(cameras="none")).filming is None
    filmed = design_of(LabOptions(preset="rapp2021-run", cameras="back")).filming
    assert filmed is not None
    assert filmed.cameras == ("back",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (LabOptions(preset="none"), "no preset 'none'; there are johnson2022"),
        (
            LabOptions(motion=Path("a.bvh"), movement="walk"),
            "a movement and a motion file were both asked for",
        ),
        (LabOptions(dose=(0.2, 0.3)), "a dose was given without a pattern; say which pattern"),
        (LabOptions(cameras="none", masks=True), "cameras is 'none', so masks cannot be had"),
        (LabOptions(cameras="none", raters=1), "1 raters are to label videos, but nothing is filmed"),
        (LabOptions(sensors="0", sensor_rate=50.0), "sensors is 'none', so sensor_rate cannot be had"),
        (LabOptions(markers="none", plates=True), "markers is 'none', so plates cannot be had"),
        (LabOptions(markers="none", marker_format="c3d"), "so marker_format cannot be had"),
        (LabOptions(cameras="back,"), "cameras is 'back,', expected names with commas between them"),
        (LabOptions(movement=""), "movement is '', expected names with commas"),
        (LabOptions(sensors=","), "sensors is ',', expected names with commas between them, such as pelvis"),
        (LabOptions(outfit="suit"), "outfit is 'suit', allowed are None, 'lab'"),
    ],
)
def test_contradictions_are_told(options: LabOptions, message: str) -> None:
    with pytest.raises(InputError, match=message):
        design_of(options)
