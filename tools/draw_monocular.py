"""Draw docs/figures/monocular.png: a virtual walker of the laboratory through `estimate --method monocular`.

kinelab lab make --movement walk --cameras sagittal --seed 77 --out lab
kinelab estimate lab/V0001/walk_01/sagittal.mp4 --method monocular --out run
python tools/draw_monocular.py lab/V0001/walk_01 run docs/figures/monocular.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from kinelab.core.kinematics import Kinematics
from kinelab.files.native import load_as
from kinelab.files.video import open_video, read_frames
from kinelab.reports.figure_style import style

ANGLES = {
    "hip_flexion_r": "Hip flexion, deg",
    "knee_angle_r": "Knee flexion, deg",
    "ankle_angle_r": "Ankle dorsiflexion, deg",
    "elbow_flex_r": "Elbow flexion, deg",
}


def main() -> None:
    """Three frames of the overlay, and four angles of the right side with one sd beside the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("trial", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    found = load_as(Kinematics, given.run / "kinematics.nc")
    true = load_as(Kinematics, given.trial / "truth" / "kinematics.nc")
    video = open_video(given.run / "annotated.mp4")
    wanted = np.linspace(0.25, 0.75, 3) * video.n_frames
    with read_frames(video) as frames:
        pictures = [frame.image for frame in frames if frame.index in wanted.astype(int)]
    with style():
        figure = plt.figure(figsize=(10, 5.2), layout="constrained")
        top, bottom = figure.subfigures(2, 1, height_ratios=(1.15, 1))
        for axes, picture in zip(top.subplots(1, 3), pictures, strict=True):
            height, width = picture.shape[:2]
            axes.imshow(picture[:, max(0, (width - height) // 2) : (width + height) // 2])
            axes.axis("off")
        for axes, (name, title) in zip(bottom.subplots(1, 4), ANGLES.items(), strict=True):
            angle, sd = found.of(name), found.sd_deg[:, found.column(name)]
            axes.fill_between(found.time.time_s, angle - sd, angle + sd, alpha=0.25, lw=0)
            axes.plot(found.time.time_s, angle, label="one camera, ± sd")
            axes.plot(true.time.time_s, true.of(name), color="black", lw=1, ls="--", label="truth")
            axes.set_title(title)
            axes.set_xlabel("Time, s")
        axes.legend(fontsize="small")
        given.out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(given.out, dpi=130)


if __name__ == "__main__":
    main()
