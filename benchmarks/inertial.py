"""Inertial route: the published BFGS against the smoother, frames a second, VQF beside it, live networks.

    python benchmarks/inertial.py [--out inertial.json] [--seed 0] [--quick] [--threads 2]

One virtual walker with rigid sensors (synthetic), gyroscopes with a bias of 0, 0.2 and 1 deg/s and white
noise. BFGS optimises the two segments of the right knee frame by frame, from the shipped networks'
orientations, as Rapp et al. 2021 describe it; each joint has networks and segments of its own there, so that
both legs' six joints take six times as long. The smoother finds all six of the same readings at once. Times
are per frame of six joints, errors are of the right knee over the frames that BFGS did. Then frames a second
(samples at 100 Hz with the 18 angles of both legs) of the networks, the smoother and both, of VQF's compiled
filter for the same seven sensors, and the time of one sample through the recurrent networks. First calls
(compiling, or reading compiled code from disk) are left out. The median of the rounds counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation
from vqf import VQF

from kinelab.body.joint_axes import joint_angles
from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.motions.faults import with_gyro_bias, with_white_noise
from kinelab.inertial.motions.synthesis import Synthesis, readings
from kinelab.inertial.motions.virtual_people import VirtualSet, virtual_motion
from kinelab.inertial.networks.shipped import JointNetworks, load_networks
from kinelab.inertial.networks.streaming import load_live
from kinelab.inertial.refinement.bfgs import optimised_by_bfgs
from kinelab.inertial.refinement.closed_form import optimised_angles_deg
from kinelab.inertial.refinement.fusion_quality import AS_TRAINED
from kinelab.inertial.refinement.joints_told import JointKey
from kinelab.inertial.refinement.smoother import smooth
from kinelab.inertial.segment_motion import SegmentMotion

KNEE: JointKey = ("knee", "right")
JOINTS = 6
LEAD = 100
BIASES_DPS = (0.0, 0.2, 1.0)
QUALITY = replace(AS_TRAINED, increments=True)
UNSEEN = 5000  # a virtual person whom no shipped network has learned from


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Median time of one call."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rms(error: Array) -> float:
    return round(float(np.sqrt((error**2).mean())), 3)


def against_bfgs(
    motion: SegmentMotion, networks: JointNetworks, frames: int, seed: int, rounds: int
) -> list[dict[str, float]]:
    """A row for each bias."""
    exact = readings(motion, Synthesis("increments"), frame="segment")
    later = slice(LEAD, LEAD + frames)  # a network needs to look back before its first orientation is good
    rows = [motion.index("thigh_r"), motion.index("shank_r")]
    true = motion.angles_deg(*KNEE)
    found = []
    for bias_dps in BIASES_DPS:
        rng = np.random.default_rng(seed)
        imu = with_gyro_bias(with_white_noise(exact, rng) if bias_dps else exact, bias_dps, rng)
        estimates = networks.estimate(imu)
        told = estimates[KNEE]
        start = time.perf_counter()
        orientations = []
        for k, row in enumerate(rows):
            predicted = Rotation.from_matrix(told.rotation[later, k]).as_quat(scalar_first=True)
            by_bfgs = optimised_by_bfgs(predicted, imu.gyr_radps[later, row], imu.time.rate_hz)
            orientations.append(Rotation.from_quat(by_bfgs, scalar_first=True).as_matrix())
        bfgs_s = JOINTS * (time.perf_counter() - start) / frames
        bfgs = np.degrees(joint_angles(*orientations, *KNEE))
        after = replace(
            told,
            time=Timebase(told.time.rate_hz, told.time.n - LEAD),
            angle_deg=told.angle_deg[LEAD:],
            rotation=told.rotation[LEAD:],
        )
        closed = optimised_angles_deg(after, imu.gyr_radps[LEAD:, rows])
        smooth_s = seconds(lambda imu=imu, told=estimates: smooth(imu, told, QUALITY), rounds) / imu.time.n
        closed_s = JOINTS * seconds(
            lambda imu=imu, t=after: optimised_angles_deg(t, imu.gyr_radps[LEAD:, rows]), rounds
        )
        ours = smooth(imu, estimates, QUALITY).angle_deg[KNEE]
        found.append(
            {
                "gyroscope_bias_dps": bias_dps,
                "frames_of_bfgs": frames,
                "bfgs_ms_per_frame": round(1e3 * bfgs_s, 2),
                "closed_form_us_per_frame": round(1e6 * closed_s / imu.time.n, 3),
                "smoother_us_per_frame": round(1e6 * smooth_s, 3),
                "bfgs_over_smoother": round(bfgs_s / smooth_s),
                "bfgs_over_closed_form": round(bfgs_s / closed_s * imu.time.n),
                "bfgs_from_closed_form_deg": float(np.abs(bfgs - closed[:frames]).max().round(5)),
                "knee_flexion_rmse_deg_network": rms((told.angle_deg - true)[later, 0]),
                "knee_flexion_rmse_deg_bfgs": rms((bfgs - true[later])[:, 0]),
                "knee_flexion_rmse_deg_smoother": rms((ours - true)[later, 0]),
                "all_frames_deg_network": rms((told.angle_deg - true)[LEAD:, 0]),
                "all_frames_deg_closed_form": rms((closed - true[LEAD:])[:, 0]),
                "all_frames_deg_smoother": rms((ours - true)[LEAD:, 0]),
            }
        )
    return found


def repeated(imu: Imu, times: int) -> Imu:
    """The recording over and over, forwards and backwards in turn, so that nothing jumps.

    Its gyroscopes give increments since the sample before: backwards they are those of one sample later.
    """
    back = np.concatenate([np.zeros_like(imu.gyr_radps[:1]), -imu.gyr_radps[:0:-1]])
    ahead = np.concatenate([np.zeros_like(imu.gyr_radps[:1]), imu.gyr_radps[1:]])
    return replace(
        imu,
        time=Timebase(imu.time.rate_hz, imu.time.n * times),
        acc_mps2=np.concatenate([imu.acc_mps2[:: -1 if k % 2 else 1] for k in range(times)]),
        gyr_radps=np.concatenate([back if k % 2 else ahead for k in range(times)]),
    )


def speeds(imu: Imu, networks: JointNetworks, rounds: int) -> dict[str, float]:
    """Frames a second over a long recording."""
    estimates: dict[JointKey, JointEstimate] = networks.estimate(imu)
    network_s = seconds(lambda: networks.estimate(imu), rounds)
    smooth_s = seconds(lambda: smooth(imu, estimates, QUALITY), rounds)

    def peer() -> None:
        for s in range(len(imu.segments)):
            gyr, acc = (np.ascontiguousarray(one[:, s]) for one in (imu.gyr_radps, imu.acc_mps2))
            VQF(1 / imu.time.rate_hz).updateBatch(gyr, acc)

    vqf_s = seconds(peer, rounds)
    n = imu.time.n
    return {
        "frames": n,
        "minutes": round(imu.time.duration_s / 60, 1),
        "networks_per_s": round(n / network_s),
        "smoother_per_s": round(n / smooth_s),
        "networks_and_smoother_per_s": round(n / (network_s + smooth_s)),
        "vqf_7_sensors_per_s": round(n / vqf_s),
        "smoother_over_vqf_time": round(smooth_s / vqf_s, 2),
    }


def live(imu: Imu, samples: int) -> dict[str, float]:
    """Time of one sample through the recurrent networks of all joints, early and late: it must not grow."""
    joints = load_live(imu.segments, rate_hz=imu.time.rate_hz)
    took = []
    for t in range(samples):
        at = t % imu.time.n
        start = time.perf_counter()
        joints.step(imu.acc_mps2[at], imu.gyr_radps[at])
        took.append(time.perf_counter() - start)
    tenth = max(1, samples // 10)
    return {
        "samples": samples,
        "joints": len(joints.joints),
        "median_us": round(1e6 * statistics.median(took)),
        "worst_in_100_us": round(1e6 * float(np.percentile(took, 99))),
        "late_over_early": round(statistics.median(took[-tenth:]) / statistics.median(took[:tenth]), 2),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2, help="of the networks")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    chosen = VirtualSet(
        "walking", 12.0 if given.quick else 60.0, tissue=0.0, pattern_share=0.0, seed=given.seed
    )
    motion = virtual_motion(chosen, UNSEEN)
    networks = load_networks(threads=given.threads)
    rounds = 3 if given.quick else 7
    imu = readings(motion, Synthesis("increments"), frame="segment")
    result = {
        "bfgs": against_bfgs(motion, networks, 60 if given.quick else 1000, given.seed, rounds),
        "speed": speeds(repeated(imu, 5 if given.quick else 10), networks, rounds),
        "live": live(imu, 1000 if given.quick else 10000),
    }
    text = json.dumps(result, indent=2)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
