"""kinelab: from a video or a few inertial sensors to joint kinematics, gait measures and a report.

The names below are the public surface; each is loaded when it is first used, so that `import kinelab` stays
as fast as its users expect.

    import kinelab

    analysed = kinelab.analyze("walk.mp4", "visit1", kinelab.AnalyzeSettings(pose="rtmpose-m-halpe26"))
    analysed.evaluation.kinematics.to_frame()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kinelab.body.layer import SkeletalLayer as SkeletalLayer
    from kinelab.body.model import BodyModel as BodyModel
    from kinelab.body.model_file import open_model as open_model
    from kinelab.body.own_body import own_body as own_body
    from kinelab.core.events import GaitEvents as GaitEvents
    from kinelab.core.keypoints import Keypoints as Keypoints
    from kinelab.core.kinematics import Kinematics as Kinematics
    from kinelab.core.measures import Measure as Measure
    from kinelab.core.measures import Measures as Measures
    from kinelab.core.provenance import Provenance as Provenance
    from kinelab.core.recording import Video as Video
    from kinelab.core.report import Report as Report
    from kinelab.core.skeletons import Skeleton as Skeleton
    from kinelab.core.skeletons import skeleton as skeleton
    from kinelab.core.strides import Strides as Strides
    from kinelab.core.subject import Subject as Subject
    from kinelab.core.timebase import Timebase as Timebase
    from kinelab.errors import KinelabError as KinelabError
    from kinelab.files.c3d import read_c3d as read_c3d
    from kinelab.files.keypoint_files import read_keypoints as read_keypoints
    from kinelab.files.keypoint_files import write_keypoints as write_keypoints
    from kinelab.files.native import load as load
    from kinelab.files.native import save as save
    from kinelab.files.opensim_files import read_mot as read_mot
    from kinelab.files.opensim_files import read_trc as read_trc
    from kinelab.files.opensim_files import write_mot as write_mot
    from kinelab.files.opensim_files import write_trc as write_trc
    from kinelab.files.video import open_video as open_video
    from kinelab.files.video import read_frames as read_frames
    from kinelab.pipeline.analyze import analyze as analyze
    from kinelab.pipeline.marker_inputs import MarkerOptions as MarkerOptions
    from kinelab.pipeline.marker_run import run_markers as run_markers
    from kinelab.pipeline.settings import AnalyzeSettings as AnalyzeSettings

_ROOMS = {
    "body.layer": ("SkeletalLayer",),
    "body.model": ("BodyModel",),
    "body.model_file": ("open_model",),
    "body.own_body": ("own_body",),
    "core.events": ("GaitEvents",),
    "core.keypoints": ("Keypoints",),
    "core.kinematics": ("Kinematics",),
    "core.measures": ("Measure", "Measures"),
    "core.provenance": ("Provenance",),
    "core.recording": ("Video",),
    "core.report": ("Report",),
    "core.skeletons": ("Skeleton", "skeleton"),
    "core.strides": ("Strides",),
    "core.subject": ("Subject",),
    "core.timebase": ("Timebase",),
    "errors": ("KinelabError",),
    "files.c3d": ("read_c3d",),
    "files.keypoint_files": ("read_keypoints", "write_keypoints"),
    "files.native": ("load", "save"),
    "files.opensim_files": ("read_mot", "read_trc", "write_mot", "write_trc"),
    "files.video": ("open_video", "read_frames"),
    "pipeline.analyze": ("analyze",),
    "pipeline.marker_inputs": ("MarkerOptions",),
    "pipeline.marker_run": ("run_markers",),
    "pipeline.settings": ("AnalyzeSettings",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "AnalyzeSettings",
    "BodyModel",
    "GaitEvents",
    "Keypoints",
    "KinelabError",
    "Kinematics",
    "MarkerOptions",
    "Measure",
    "Measures",
    "Provenance",
    "Report",
    "SkeletalLayer",
    "Skeleton",
    "Strides",
    "Subject",
    "Timebase",
    "Video",
    "analyze",
    "load",
    "open_model",
    "open_video",
    "own_body",
    "read_c3d",
    "read_frames",
    "read_keypoints",
    "read_mot",
    "read_trc",
    "run_markers",
    "save",
    "skeleton",
    "write_keypoints",
    "write_mot",
    "write_trc",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'kinelab' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kinelab.{_ROOM_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
