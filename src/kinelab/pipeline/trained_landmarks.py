"""Landmarks for an analysis by a network that was trained on one's own labels: no person's box."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from kinelab.core.keypoints import Keypoints
from kinelab.core.recording import Video
from kinelab.files.landmark_names import map_landmarks
from kinelab.files.native import load_as, save
from kinelab.keypoints.tracks.follow import follow
from kinelab.pipeline.progress import progress
from kinelab.pipeline.run_folder import RunFolder
from kinelab.pipeline.tracking import PARTS, TRACK, open_several, remove_parts


def trained_landmarks(
    video: Video, network: Path, folder: RunFolder, console: Console, *, synthetic: bool = False
) -> Keypoints:
    """The one subject's landmarks in px, under kinelab's names where their spelling is known.

    network: a file or run folder of `kinelab keypoints train`. The pass over the video is a stage of the run,
    and goes on where a killed one stopped.

    Raises:
        ModelError: the network is missing or damaged.
        VideoError: not one frame could be decoded.
    """
    several, records = open_several([network])
    folder.add_models(*records)
    folder.claim()

    def look() -> list[str]:
        with progress("finding landmarks", video.n_frames, console) as advance:
            found = follow(video, several, folder.file(PARTS), on_frame=advance)
        folder.facts["video_problem"] = found.problem
        save(map_landmarks(found.keypoints), folder.file(TRACK), synthetic=synthetic)
        return [TRACK]

    folder.stage("landmarks", {"network": several.key, "slow_motion": video.slow_motion}, look)
    remove_parts(folder)
    return load_as(Keypoints, folder.file(TRACK))
