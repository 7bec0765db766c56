"""Whether a video is upside down: a network that has seen nobody so is surer of it turned round."""

from __future__ import annotations

import numpy as np

from kinelab.core.recording import Video
from kinelab.core.report import Finding
from kinelab.detection.crops import crop
from kinelab.files.video import read_frames
from kinelab.monocular.estimate import GREY, square_track
from kinelab.monocular.shipped import DirectNetwork
from kinelab.pipeline.monocular_person import Person

_LOOKS = 12
_FIRST_S = 6.0
# Median over the looks of the stated sd turned round over that as it is. Of groups of eight pictures of
# virtual people held out 2.5 % fell below it in the many places of training, none in a laboratory; of those
# turned round 75 and 97 %.
_SURER = 1 / 1.05


def upside_down(video: Video, person: Person, network: DirectNetwork) -> Finding | None:
    """A warning, if the person seems to hang head down in the first seconds of the video."""
    within = np.flatnonzero(person.time_s <= person.time_s[0] + _FIRST_S)
    rows = np.unique(within[np.linspace(0, within.size - 1, _LOOKS).astype(int)])
    square = square_track(person.box, person.time_s, network.fill)
    wanted = {int(person.frame_index[row]): square[row] for row in rows}
    side = (network.size_px, network.size_px)
    with read_frames(video, stop=max(wanted) + 1) as frames:
        found = [crop(f.image, wanted[f.index], side, fill=GREY)[0] for f in frames if f.index in wanted]
    if not found:
        return None
    upright = np.stack(found)
    as_it_is = network.estimate(upright)
    turned = network.estimate(np.ascontiguousarray(upright[:, ::-1, ::-1]))
    told = as_it_is.told
    ratio = turned.sd_rad[:, told].mean(axis=1) / as_it_is.sd_rad[:, told].mean(axis=1)
    if np.median(ratio) > _SURER:
        return None
    text = "The network is surer of this video turned round: is it upside down?"
    return Finding("warning", text, "if so, turn it; the angles below mean nothing then")
