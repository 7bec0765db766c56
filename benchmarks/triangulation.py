"""100,000 points in four cameras: our two rules, and what others have, in CPU seconds, in one run.

python benchmarks/triangulation.py [PEER]

PEER: a folder with Pose2Sim and aniposelib, which are looked at a part of the points (they take them one by
one), by their own functions, in this very process:
pip install --no-deps --target PEER Pose2Sim==0.10.49 aniposelib==0.6.1 anytree rtoml c3d toml
The error is the median distance (mm) from where the points are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import cv2
import numpy as np

from kinelab.geometry.projection import CameraView, project_view, straighten_px
from kinelab.geometry.triangulation import ExclusionRule, RobustRule, triangulate
from kinelab.virtual_lab.cameras.calibrated import calibration_of
from kinelab.virtual_lab.cameras.rig import ring

N = 100_000
N_PEER = 1000
Solve = Callable[[np.ndarray], np.ndarray]  # px (N, C, 2) to points (N, 3)


def main() -> None:
    rng = np.random.default_rng(0)
    views = [calibration_of(camera).view for camera in ring(4)]
    points = rng.uniform([-1, -1, 0], [1, 1, 1.8], (N, 3))
    px = np.stack([project_view(view, points) for view in views], axis=1)
    px += rng.normal(0, 2, px.shape)
    px[rng.random(N) < 0.1, 1] += 60  # one camera wrong in a tenth of the points
    runs: dict[str, tuple[Solve, int]] = {
        "ours, robust rule": (lambda px: ours(views, px, RobustRule()), N),
        "ours, Pose2Sim's rule": (lambda px: ours(views, px, ExclusionRule()), N),
        "OpenCV triangulatePoints, 2 cameras, nothing left out": (lambda px: opencv(views[:2], px), N),
    }
    if len(sys.argv) > 1:
        sys.path.append(sys.argv[1])
        runs["Pose2Sim triangulation_from_best_cameras"] = (pose2sim(views), N_PEER)
        runs["aniposelib triangulate, nothing left out"] = (anipose(views), N_PEER)
        runs["aniposelib triangulate_ransac"] = (anipose(views, ransac=True), N_PEER // 10)
    for name, (solve, n) in runs.items():
        found = solve(px[:n])
        times = []
        for _ in range(3):
            start = time.process_time()
            solve(px[:n])
            times.append(time.process_time() - start)
        off = 1000 * float(np.nanmedian(np.linalg.norm(found - points[:n], axis=1)))
        print(f"{name}: {n / min(times) / 1e3:.1f} thousand points a second, {off:.2f} mm")


def ours(views: list[CameraView], px: np.ndarray, rule: RobustRule | ExclusionRule) -> np.ndarray:
    found = triangulate(views, px, np.full(px.shape[:2], 2.0), rule)
    return np.asarray(found.position_m)


def opencv(views: list[CameraView], px: np.ndarray) -> np.ndarray:
    straight = [straighten_px(view, px[:, c]) for c, view in enumerate(views)]
    found = np.asarray(cv2.triangulatePoints(*map(projection, views), straight[0].T, straight[1].T))
    return (found[:3] / found[3]).T


def projection(view: CameraView) -> np.ndarray:
    return view.matrix @ np.column_stack([view.rotation, view.translation_m])


def pose2sim(views: list[CameraView]) -> Solve:
    from Pose2Sim.triangulation import triangulation_from_best_cameras

    matrices = [projection(view) for view in views]
    config = {"triangulation": {"reproj_error_threshold_triangulation": 15}}

    def solve(px: np.ndarray) -> np.ndarray:
        straight = np.stack([straighten_px(view, px[:, c]) for c, view in enumerate(views)], axis=1)
        sure = np.ones(len(views))
        seen = [(x, y, sure) for x, y in straight.transpose(0, 2, 1)]
        found = [triangulation_from_best_cameras(config, one, one, matrices, {})[0] for one in seen]
        return np.array([point[:3] for point in found])

    return solve


def anipose(views: list[CameraView], ransac: bool = False) -> Solve:
    from aniposelib.cameras import Camera, CameraGroup

    cameras = [
        Camera(
            matrix=view.matrix,
            dist=np.array(view.lens.coefficients, dtype=float),
            rvec=cv2.Rodrigues(np.array(view.rotation))[0].ravel(),
            tvec=np.array(view.translation_m),
            name=str(i),
        )
        for i, view in enumerate(views)
    ]
    group = CameraGroup(cameras)

    def solve(px: np.ndarray) -> np.ndarray:
        points = np.ascontiguousarray(px.transpose(1, 0, 2))
        return np.asarray(group.triangulate_ransac(points)[0] if ransac else group.triangulate(points))

    return solve


if __name__ == "__main__":
    main()
