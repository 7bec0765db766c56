"""Our own full body: built from published anthropometry, shipped as kinelab.osim and kinelab.json.

`points`, `tree`, `inertia`, `landmarks` say what it is, `osim_text` writes it (tools/build_body.py),
`own_body` loads it. docs/models/own_body.md has the picture, the tables and the sources.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kinelab.body.model import BodyModel
from kinelab.body.own_body.landmarks import LANDMARKS, keypoint_markers

__all__ = ["LANDMARKS", "OWN_BODY_JSON", "OWN_BODY_OSIM", "keypoint_markers", "own_body"]

OWN_BODY_OSIM = Path(__file__).parents[1] / "kinelab.osim"
OWN_BODY_JSON = OWN_BODY_OSIM.with_suffix(".json")


@cache
def own_body() -> BodyModel:
    """The shipped full body of 1.75 m and 75 kg with its bony markers; needs no OpenSim.

    24 bodies, 51 coordinates named and signed as Rajagopal2016's; knee_adduction, knee_rotation, the thorax
    and the girdles are locked. `own_body().with_markers(keypoint_markers())` has the landmarks of pose
    networks instead of bony markers.
    """
    from kinelab.body.model_file import load_model

    return load_model(OWN_BODY_JSON)
