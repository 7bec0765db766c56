"""Which of a trial's markers a model has, under which name; landmarks of pose networks included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.model import BodyModel, Marker
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files.landmark_names import skeleton_from, standard_name
from kinelab.markers.names import is_augmented, same_markers

FEWEST = 4  # markers in common below which no pose can be meant


@dataclass(frozen=True, eq=False)
class Matched:
    """names: the trial's marker -> the model's; model: with all that take part; left_out: the trial's rest.

    centres: those of the model's markers that stand for joint centres of a pose network. own: cluster markers
    that the trial brought to the model.
    """

    model: BodyModel
    names: dict[str, str]
    left_out: tuple[str, ...]
    centres: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def from_video(self) -> bool:
        """Whether the points come from a pose network: joint centres, or markers computed from them."""
        return bool(self.centres) or any(is_augmented(name) for name in self.names)

    def with_own(self, names: Sequence[str]) -> Matched:
        """The same with markers of the trial that were added to the model under their own names."""
        return replace(
            self,
            names=self.names | {name: name for name in names},
            left_out=tuple(name for name in self.left_out if name not in names),
            own=tuple(names),
        )

    def of(self, markers: Keypoints) -> Keypoints:
        """The common markers alone, under the model's names and in the trial's order."""
        here = {name: model for name, model in self.names.items() if markers.skeleton.has(name)}
        columns = [markers.skeleton.index(name) for name in here]
        return Keypoints(
            skeleton=skeleton_from(self.model.name, list(here.values())),
            time_s=markers.time_s,
            position=markers.position[:, columns],
            confidence=markers.confidence[:, columns],
            unit="m",
            sd=None if markers.sd is None else markers.sd[:, columns],
        )


def match(model: BodyModel, trial: Sequence[str], landmarks: Sequence[Marker] = ()) -> Matched:
    """Find the model's markers in a trial (`names.same_markers`).

    landmarks: further markers of the model named as the landmark sets of pose networks (`left_knee`). They
    are used where the trial has points called hips, which no marker can sit on: there a "knee" is a joint
    centre. (A laboratory's own computed centres, RHJC, do not make its knee markers joint centres.)

    Raises:
        InputError: the model has no markers, or fewer than four in common with the trial; both are listed.
    """
    if not (model.markers or landmarks):
        raise InputError(
            f"model {model.name} has no markers; give one that has, or its markers' file with --marker-set"
        )
    centres = {marker.name: marker for marker in landmarks}
    said = {name: standard_name(name) for name in trial}
    keypoints = {
        name: known for name, known in said.items() if known in centres and name not in model.marker_names
    }
    hips = {known for name, known in keypoints.items() if "hip" in name.lower()}
    if not {"left_hip", "right_hip"} <= hips:
        keypoints = {}
    keypoints = {
        name: known for name, known in keypoints.items() if list(keypoints.values()).count(known) == 1
    }
    names = same_markers([name for name in trial if name not in keypoints], model.marker_names) | keypoints
    if len(names) < FEWEST:
        raise InputError(
            f"{len(names) or 'none'} of the trial's {len(trial)} markers"
            f" {'is' if len(names) < 2 else 'are'} in model {model.name} (at least {FEWEST} are needed)."
            f" Trial: {_list(trial)}. Model: {_list(model.marker_names or tuple(centres))}"
        )
    used = [*model.markers, *(centres[known] for known in keypoints.values())]
    return Matched(
        model.with_markers(used),
        {name: names[name] for name in trial if name in names},
        tuple(name for name in trial if name not in names),
        tuple(keypoints.values()),
    )


def joined(
    first: Keypoints, second: Keypoints
) -> tuple[tuple[str, ...], np.ndarray[tuple[int, int, int], np.dtype[np.float64]]]:
    """Names and positions (T1 + T2, K, 3) of two trials one after the other, NaN where one lacks a marker."""
    names = tuple(dict.fromkeys((*first.skeleton.landmarks, *second.skeleton.landmarks)))
    position = np.full((first.n + second.n, len(names), 3), np.nan)
    for start, part in ((0, first), (first.n, second)):
        columns = [names.index(name) for name in part.skeleton.landmarks]
        position[start : start + part.n, columns] = part.position
    return names, position


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f", ... ({len(names)})" if len(names) > 12 else "")
