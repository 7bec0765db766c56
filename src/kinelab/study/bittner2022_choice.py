"""The ways that the reproduction of Bittner et al. 2022 compares, from the files of their networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kinelab.core.skeletons import BLAZEPOSE_33, BODY_25
from kinelab.detection.opening import open_pose_model
from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of
from kinelab.monocular.sequence_running import load_sequence_network
from kinelab.monocular.shipped import load_network
from kinelab.study.bittner2022_methods import Direct, InSequence
from kinelab.study.bittner2022_multistep import MultiStep, heatmap_placer
from kinelab.study.bittner2022_points import refined_placer
from kinelab.study.bittner2022_refined import Refined
from kinelab.study.bittner2022_ways import Way
from kinelab.study.two_view_ways import Detected, Drawn, TwoViews

_SMOOTH_HZ = 6.0
# Landmark sets of networks that are not free to come along, with errors that are drawn. MediaPipe smooths.
LIKE = {
    "openpose_like": TwoViews(Drawn(BODY_25), "openpose_like"),
    "mediapipe_like": TwoViews(Drawn(BLAZEPOSE_33), "mediapipe_like", _SMOOTH_HZ),
}


@dataclass(frozen=True)
class Choice:
    """direct: a network's file; None is the one that ships. sequences: files of networks that go on from it;
    refined: the last of these (or the direct one) refined through the skeletal layer.

    cms: the folder of a run in which points were learnt, for the way of many steps; cms_sequences: those of
    sequence networks that go on from it; opensim: its last step by OpenSim too, as published (a frame or two
    a second). two_views: names of `LIKE`, or files of pose networks.
    """

    direct: Path | None = None
    sequences: Sequence[Path] = ()
    refined: bool = False
    cms: Path | None = None
    cms_sequences: Sequence[Path] = ()
    opensim: bool = False
    two_views: Sequence[str] = ()


def ways_of(choice: Choice) -> list[Way]:
    """The ways, each ready to be asked.

    Raises:
        InputError: two of one name, sequence networks of points without what they go on from.
        ModelError, RunFolderError: a file or folder that is none, damaged, or does not go with the others.
    """
    first = Direct(load_network(choice.direct))
    ways: list[Way] = [first]
    last: Direct | InSequence = first
    for path in choice.sequences:
        last = _in_sequence(first, path)
        ways.append(last)
    if choice.refined:
        ways.append(Refined(last))
    ways += _many_steps(choice)
    for name in choice.two_views:
        if name in LIKE:
            ways.append(LIKE[name])
        else:
            ways.append(TwoViews(Detected(open_pose_model(Path(name))), f"two_{Path(name).stem}", _SMOOTH_HZ))
    names = [way.name for way in ways]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"two ways are called {', '.join(twice)}; judge one of a kind at a time")
    return ways


def _in_sequence(first: Direct, path: Path) -> InSequence:
    second = load_sequence_network(path)
    if second.vector.landmarks != first.network.landmarks:
        raise InputError(f"{path} goes on from another direct network: their landmarks differ")
    return InSequence(
        first, second, f"direct_{second.file.use.recipe.get('kind', 'sequence')}", sha256_of(path)
    )


def _many_steps(choice: Choice) -> list[Way]:
    if choice.cms is None:
        if choice.cms_sequences or choice.opensim:
            raise InputError("the way of many steps needs the run in which its points were learnt (--cms)")
        return []
    placer = heatmap_placer(choice.cms)
    ways: list[Way] = [MultiStep(placer)]
    if choice.opensim:
        ways.append(MultiStep(placer, "cms", "opensim"))
    after = [
        MultiStep(refined_placer(placer, run), f"cms_{_kind(run)}_kinelab") for run in choice.cms_sequences
    ]
    return [*ways, *after]


def _kind(run: Path) -> str:
    from kinelab.learning.run_folder import read_recipe

    return str(read_recipe(run).get("kind", run.name))
