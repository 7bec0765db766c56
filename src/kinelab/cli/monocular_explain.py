"""`kinelab monocular explain`: what in a frame an angle follows from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from kinelab.monocular.shipped import DirectNetwork

_EPILOG = """\
examples:
  kinelab monocular explain walk.mp4 --angle knee_angle_r --out why
  kinelab monocular explain walk.mp4 --frame 40 80 120 --angle hip_flexion_l --box 300 80 620 700 --out why
  kinelab monocular explain frame.png --angle knee_angle_r --no-gradients --out why     without torch

DIR/FRAME_ANGLE.png: the crop; how far the angle moves when a grey patch lies there; and Grad-CAM, by cell.
"""
_PICTURES = (".png", ".jpg", ".jpeg")


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """explain."""
    parser = actions.add_parser(
        "explain",
        help="show what in a frame an angle follows from",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="FRAME_OR_VIDEO")
    parser.add_argument("--angle", nargs="+", required=True, metavar="NAME", help="as knee_angle_r")
    parser.add_argument(
        "--frame", nargs="+", type=int, default=[0], metavar="N", help="of a video (default: 0)"
    )
    parser.add_argument(
        "--box", nargs=4, type=float, metavar=("X0", "Y0", "X1", "Y1"), help="person, px (default: detector)"
    )
    parser.add_argument("--network", type=Path, metavar="FILE", help="default: the shipped one")
    parser.add_argument("--no-gradients", action="store_true", help="no Grad-CAM, which needs torch")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.set_defaults(act=run_explain)


def run_explain(args: argparse.Namespace) -> int:
    """Explain each angle in each frame, and draw it."""
    import numpy as np

    from kinelab.detection.boxes import expand
    from kinelab.detection.crops import crop
    from kinelab.files.atomic import atomic_path
    from kinelab.monocular.explaining import by_covering
    from kinelab.monocular.shipped import load_network
    from kinelab.reports.figure_monocular_explained import draw_explained
    from kinelab.reports.figure_style import style

    network = load_network(args.network)
    gradients = None if args.no_gradients else _gradients(network)
    args.out.mkdir(parents=True, exist_ok=True)
    for number, picture in _frames(args.source, args.frame):
        box = np.array(args.box) if args.box else _found(picture)
        side = network.size_px
        fill = sum(network.fill) / 2
        cut, _ = crop(picture, expand(box, 1.0, padding=1 / fill), (side, side), fill=114)
        for name in args.angle:
            found = by_covering(network, cut, name)
            gradient = gradients(cut, name) if gradients else None
            title = f"{name}: {found.told_deg:.1f} deg, sd {found.sd_deg:.1f} deg"
            title += f" ({args.source.name}, frame {number})"
            spots = network.estimate(cut[None]).landmark_px[0]
            figure = draw_explained(cut, title, found.change_deg, gradient, spots)
            path = args.out / f"{number:06d}_{name}.png"
            with style(), atomic_path(path) as temporary:
                figure.savefig(temporary, format="png", dpi=160, metadata={"Software": None})
            print(f"{name} {found.told_deg:.1f} deg: {path}")
    return 0


def _gradients(network: DirectNetwork) -> Callable[[npt.NDArray[np.uint8], str], npt.NDArray[np.float64]]:
    """Grad-CAM by the network in torch, which is built once."""
    from functools import partial

    from kinelab.monocular.explaining_gradients import by_gradients
    from kinelab.monocular.export import as_torch

    return partial(by_gradients, as_torch(network.file)[0])


def _frames(source: Path, wanted: list[int]) -> list[tuple[int, npt.NDArray[np.uint8]]]:
    """Frames by their numbers; a picture is frame 0."""
    import numpy as np
    from PIL import Image

    from kinelab.errors import InputError
    from kinelab.files.video import open_video, read_frames

    if source.suffix.lower() in _PICTURES:
        try:
            with Image.open(source) as picture:
                return [(0, np.asarray(picture.convert("RGB")))]
        except OSError as error:
            raise InputError(f"{source} cannot be read as a picture ({error})") from error
    found = []
    with read_frames(open_video(source), stop=max(wanted) + 1) as frames:
        found = [(frame.index, frame.image) for frame in frames if frame.index in wanted]
    if len(found) < len(set(wanted)):
        missing = sorted(set(wanted) - {number for number, _ in found})
        raise InputError(f"{source} has no frame {', '.join(map(str, missing))}; frames count from 0")
    return found


def _found(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The largest person that the installed detector sees."""
    from kinelab.detection.boxes import area
    from kinelab.detection.opening import open_detector
    from kinelab.detection.store import stored
    from kinelab.errors import InputError
    from kinelab.pipeline.networks import DETECTORS_BY_MERIT

    installed = [name for name in DETECTORS_BY_MERIT if name in stored()]
    if not installed:
        raise InputError(
            "no person detector is installed; give --box X0 Y0 X1 Y1, or fetch one: kinelab models get "
            f"{DETECTORS_BY_MERIT[0]}"
        )
    boxes = open_detector(installed[0]).detect(picture)
    if not len(boxes):
        raise InputError("the detector sees nobody in this frame; give --box X0 Y0 X1 Y1")
    largest: npt.NDArray[np.float64] = boxes.xyxy[area(boxes.xyxy).argmax()]
    return largest
