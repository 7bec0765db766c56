from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from kinelab.core.skeletons import GAIT_20
from kinelab.keypoints.projects.project import Project
from kinelab.labelling.colours import landmark_colours
from kinelab.reports.colours import rgb


def project() -> Project:
    pairs = tuple((GAIT_20.landmarks[i], GAIT_20.landmarks[j]) for i, j in GAIT_20.pairs)
    return Project("walk", GAIT_20.landmarks, pairs=pairs)


def test_left_is_blue_right_is_vermillion() -> None:
    for name, colour in zip(GAIT_20.landmarks, landmark_colours(project()), strict=True):
        red, _, blue = rgb(colour)
        if name.startswith("left_"):
            assert blue > red + 60
        if name.startswith("right_"):
            assert red > blue + 60


def test_neighbours_of_one_side_differ_and_all_show_on_dark_ground() -> None:
    names, colours = GAIT_20.landmarks, landmark_colours(project())
    for side in ("left_", "right_"):
        own = [colour for name, colour in zip(names, colours, strict=True) if name.startswith(side)]
        assert all(a != b for a, b in pairwise(own))
    luminance = [np.dot(rgb(colour), (0.2126, 0.7152, 0.0722)) for colour in colours]
    assert min(luminance) > 130


def test_without_pairs_the_first_landmarks_all_differ() -> None:
    plain = replace(project(), pairs=())
    assert len(set(landmark_colours(plain)[:4])) == 4
