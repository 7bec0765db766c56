"""DeepLabCut's half of `keypoints_openfield.py`, which calls it in DeepLabCut's own environment.

    ENV/bin/python keypoints_deeplabcut.py openfield train --split S.json --weights W --minutes 12 --out DIR
    ENV/bin/python keypoints_deeplabcut.py openfield analyse --split S.json --weights W --video V --out DIR

openfield is a DeepLabCut project folder; it is copied, never changed. The network is DeepLabCut's own
(heatmaps and location refinement at stride 16) on kinelab's backbone with the same ImageNet weights. All else
stays as DeepLabCut sets it, but for the learning rate: it is smaller, rises over the first epochs, and falls
where 80 and 95 % of the given processor time are over, as it does at 160 and 190 of its 200 epochs. The last
line printed is the result, as JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path
from typing import Any

BACKBONE, CHANNELS = "mobilenetv2_100", 1280
# DeepLabCut's own 5e-4 from the first step on kills every feature of these weights, whose batch norms were
# folded into the convolutions: after a dozen steps all are 0 and nothing is learnt any more.
TOP_RATE, WARM_UP_STEPS = 1e-4, 26


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("what", choices=("train", "analyse"))
    parser.add_argument("--split", type=Path, required=True, help="split.json of kinelab's run")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20.0, help="of processor time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--video", type=Path, help="what to analyse")
    parser.add_argument("--batch", type=int, default=8, help="of the analysis")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()

    import deeplabcut
    import torch

    torch.set_num_threads(given.threads)
    use_backbone(given.weights)
    training = given.what == "train"
    result = trained(given.project, rows_of(given.split), given) if training else speed(given)
    print(json.dumps({"deeplabcut": deeplabcut.__version__, **result}))


def rows_of(split: Path) -> dict[str, list[int]]:
    """Rows of the label table, which is in the order of the pictures' names, as kinelab's frames are."""
    held = json.loads(split.read_text())
    names = sorted(held["train"] + held["test"], key=lambda name: int(name.rsplit("/", 1)[1]))
    return {part: sorted(names.index(name) for name in held[part]) for part in ("train", "test")}


def use_backbone(weights: Path) -> None:
    """DeepLabCut's class for ResNets takes any network of timm; give it the same weights and padding."""
    import timm
    import torch
    from deeplabcut.pose_estimation_pytorch.models.backbones import resnet
    from safetensors.torch import load_file

    arrays = {name: array.float() for name, array in load_file(weights).items()}

    def create_model(name: str, **options: Any) -> torch.nn.Module:
        stride = options["output_stride"]
        model = timm.create_model(name, pad_type="same", num_classes=1001, output_stride=stride)
        state = model.state_dict()
        for key in state:
            if key in arrays:
                state[key] = arrays[key]
        model.load_state_dict(state)
        lacking = sorted(set(state) - set(arrays))
        if any(not key.endswith("num_batches_tracked") for key in lacking):
            raise SystemExit(f"the weights lack {lacking[:5]}")
        return model

    resnet.timm = type("timm", (), {"create_model": staticmethod(create_model)})


def trained(project: Path, rows: dict[str, list[int]], given: argparse.Namespace) -> dict[str, Any]:
    """Train for the given processor time; errors of train and test frames."""
    import deeplabcut
    import pandas as pd
    from deeplabcut.pose_estimation_pytorch.runners.train import TrainingRunner
    from deeplabcut.utils.auxiliaryfunctions import edit_config, read_config

    work = given.out / "project"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(project, work)
    config = work / "config.yaml"
    edit_config(str(config), {"project_path": str(work.resolve()), "TrainingFraction": [0.95]})
    deeplabcut.create_training_dataset(
        str(config), num_shuffles=1, Shuffles=[1], net_type="resnet_50", engine=deeplabcut.Engine.PYTORCH,
        trainIndices=[rows["train"]], testIndices=[rows["test"]], userfeedback=False,
    )  # fmt: skip
    fraction = round(len(rows["train"]) / (len(rows["train"]) + len(rows["test"])), 2)
    edit_config(str(config), {"TrainingFraction": [fraction]})
    parts = len(read_config(str(config))["bodyparts"])
    started: list[float] = []
    steps: list[int] = [0]
    epoch, step = TrainingRunner._epoch, given.minutes * 60

    def timed(self: Any, loader: Any, mode: str = "train", display_iters: int = 500) -> float:
        """One epoch; the clock decides the learning rate and the end."""
        if not started:
            started.append(time.process_time())
        share = (time.process_time() - started[0]) / step
        rate = TOP_RATE if share < 0.8 else TOP_RATE / 5 if share < 0.95 else TOP_RATE / 50
        for group in self.optimizer.param_groups:
            group["lr"] = rate * min(1.0, (steps[0] + 1) / WARM_UP_STEPS)
        if mode == "train":
            steps[0] += len(loader)
        loss: float = epoch(self, loader, mode, display_iters)
        return loss

    fit = TrainingRunner.fit

    def until_time(self: Any, train_loader: Any, valid_loader: Any, epochs: int, display_iters: int) -> None:
        """DeepLabCut's fit in pieces of one epoch, until the time is over."""
        self.scheduler = None
        self.eval_interval = 10**9
        while not started or time.process_time() - started[0] < step:
            self.starting_epoch = getattr(self, "current_epoch", 0)
            fit(self, train_loader, valid_loader, 1, display_iters)

    TrainingRunner._epoch, TrainingRunner.fit = timed, until_time
    deeplabcut.train_network(
        str(config), shuffle=1, trainingsetindex=0, device="cpu", max_snapshots_to_keep=1, save_epochs=1,
        pytorch_cfg_updates={
            "model.backbone.model_name": BACKBONE,
            "model.backbone_output_channels": CHANNELS,
            "model.backbone.freeze_bn_stats": True,
            "model.heads.bodypart.heatmap_config.channels": [CHANNELS, parts],
            "model.heads.bodypart.locref_config.channels": [CHANNELS, 2 * parts],
            "train_settings.seed": given.seed,
        },
    )  # fmt: skip
    TrainingRunner._epoch, TrainingRunner.fit = epoch, fit
    minutes = (time.process_time() - started[0]) / 60
    deeplabcut.evaluate_network(str(config), Shuffles=[1], trainingsetindex=0, device="cpu", plotting=False)
    return {"steps": steps[0], "minutes": minutes, **errors(work, rows, pd)}


def errors(work: Path, rows: dict[str, list[int]], pd: Any) -> dict[str, Any]:
    """Mean Euclidean distance of predictions and labels, px, without a cut of confidence."""
    truth_file = next(work.glob("labeled-data/*/CollectedData_*.h5"))
    predicted_file = next(work.glob("evaluation-results-pytorch/**/*.h5"))
    truth, predicted = pd.read_hdf(truth_file).sort_index(), pd.read_hdf(predicted_file).sort_index()
    k = truth.shape[1] // 2
    t = truth.to_numpy().reshape(len(truth), k, 2)
    p = predicted.to_numpy().reshape(len(predicted), k, 3)[..., :2]
    distance = ((t - p) ** 2).sum(-1) ** 0.5
    found = {}
    for part in ("train", "test"):
        chosen = distance[rows[part]]
        found[f"{part}_error_px"] = float(chosen[chosen == chosen].mean())
    return found


def speed(given: argparse.Namespace) -> dict[str, Any]:
    """Frames a second of the analysis of a video by the trained network, files to files."""
    import cv2
    import deeplabcut

    frames = int(cv2.VideoCapture(str(given.video)).get(cv2.CAP_PROP_FRAME_COUNT))
    begun, clock = time.process_time(), time.monotonic()
    deeplabcut.analyze_videos(
        str(given.out / "project" / "config.yaml"), [str(given.video)], shuffle=1, trainingsetindex=0,
        device="cpu", batch_size=given.batch, destfolder=str(given.out / "analysed"), overwrite=True,
    )  # fmt: skip
    spent, passed = time.process_time() - begun, time.monotonic() - clock
    return {"frames_per_cpu_s": frames / spent, "frames_per_s": frames / passed}


if __name__ == "__main__":
    main()
