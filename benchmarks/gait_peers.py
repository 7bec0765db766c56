"""What `benchmarks/gait.py` runs in a Python that has gaitalytics and gaitmap; needs nothing of kinelab.

    python gait_peers.py FILE.c3d ...

Prints one line of JSON: processor seconds of each file and what came out.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from itertools import pairwise
from pathlib import Path

import pandas as pd
from gaitalytics import api, features
from gaitmap.parameters import TemporalParameterCalculation

RATE_HZ = 100.0
MAPPING = """
analysis:
  markers: [LHEE, RHEE]
mapping:
  markers:
    l_heel: LHEE
    r_heel: RHEE
    l_toe: LTOE
    r_toe: RTOE
    l_toe_2: LTOE
    r_toe_2: RTOE
    l_lat_malleoli: LANK
    r_lat_malleoli: RANK
    l_ant_hip: LASI
    r_ant_hip: RASI
    l_post_hip: LPSI
    r_post_hip: RPSI
"""


def by_gaitalytics(path: str, configs: object) -> tuple[dict[str, float], pd.DataFrame]:
    """Markers to events (Zeni), strides, curves of 101 points, temporal and spatial features."""
    start = time.process_time()
    trial = api.load_c3d_trial(path, configs)
    read_s = time.process_time() - start
    # Without a distance its peaks are found many times a stride; half a second is the least it needs.
    trial.events = api.detect_events(trial, configs, distance=0.5 * RATE_HZ)
    cycles = api.segment_trial(trial)
    table = api.calculate_features(
        cycles, configs, methods=(features.TemporalFeatures, features.SpatialFeatures)
    )
    api.time_normalise_trial(cycles, n_frames=101)
    took = time.process_time() - start
    left = table.sel(context="Left", feature="stride_duration")
    row = {"read_s": read_s, "all_s": took, "strides": int(table.sizes["cycle"] * 2)}
    return row | {"features": int(table.sizes["feature"]), "stride_time_s": float(left.mean())}, trial.events


def strides_of(events: pd.DataFrame, context: str) -> pd.DataFrame:
    """gaitmap's stride list (samples) of one foot."""
    own = events[events["context"] == context]
    contacts = (own[own["label"] == "Foot Strike"]["time"].to_numpy() * RATE_HZ).round().astype(int)
    offs = (own[own["label"] == "Foot Off"]["time"].to_numpy() * RATE_HZ).round().astype(int)
    rows = []
    for start, end in pairwise(contacts):
        inside = offs[(offs > start) & (offs < end)]
        if inside.size == 1:
            rows.append((len(rows), start, end, start, inside[0], (start + inside[0]) // 2))
    return pd.DataFrame(rows, columns=["s_id", "start", "end", "ic", "tc", "min_vel"])


def by_gaitmap(events: pd.DataFrame) -> dict[str, float]:
    """Temporal parameters of both feet's strides."""
    lists = {side: strides_of(events, side) for side in ("Left", "Right")}
    start = time.process_time()
    done = TemporalParameterCalculation(expected_stride_type="ic").calculate(lists, RATE_HZ)
    took = time.process_time() - start
    mean = float(done.parameters_["Left"]["stride_time"].mean())
    return {"temporal_s": took, "strides": sum(map(len, lists.values())), "stride_time_s": mean}


def main() -> None:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_text(MAPPING)
        configs = api.load_config(path)
        rows, temporal = [], []
        for file in (sys.argv[1], *sys.argv[1:]):  # the first once more: what is done once does not count
            row, events = by_gaitalytics(file, configs)
            rows.append(row)
            temporal.append(by_gaitmap(events))
    sys.stdout.write(json.dumps({"gaitalytics": rows[1:], "gaitmap": temporal[1:]}) + "\n")


if __name__ == "__main__":
    main()
