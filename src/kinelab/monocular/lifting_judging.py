"""How good a lifting network is on virtual people held out, and how sure it may be: its calibration."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.monocular.calibration import Calibration, calibrated, fit_calibration
from kinelab.monocular.calibration_judging import rotation_error
from kinelab.monocular.evaluation import LOWER_BODY
from kinelab.monocular.lifting import LiftingNetwork
from kinelab.monocular.lifting_views import Lifted, Looker
from kinelab.monocular.poses import Poses

_TESTED = 4096


def judged(
    network: LiftingNetwork, looker: Looker, rows: IntArray, seed: int
) -> tuple[Calibration, dict[str, float]]:
    """Calibration from frames (N,) of clips, and figures on other looks at the same people, in deg.

    Both with a detector's errors, of all sizes that `lifting_views` has. Raises `InputError` for no frame.
    """
    vector = network.vector
    seen = looker(np.random.default_rng([seed, 2]).choice(rows, _TESTED), np.random.default_rng([seed, 3]))
    values = network.told(seen.values)
    found = fit_calibration(
        values, errors_rad(vector.poses(values, 1), seen, network), np.ones(len(values), bool), vector
    )
    seen = looker(np.random.default_rng([seed, 4]).choice(rows, _TESTED), np.random.default_rng([seed, 5]))
    poses = vector.poses(calibrated(network.told(seen.values), vector, found), 1)
    return found, figures(poses, seen, network)


def figures(poses: Poses, seen: Lifted, network: LiftingNetwork) -> dict[str, float]:
    """Mean absolute errors of angles, of the legs' and of the pelvis' rotation (about its axis), and how
    large sd are stated (root mean square) and found, deg."""
    head = network.vector.head
    off = np.degrees(np.abs(errors_rad(poses, seen, network)))
    legs = [head.model.coordinate_names[i].startswith(LOWER_BODY) for i in head.columns]
    sd = np.degrees(poses.sd_rad[:, head.columns])
    told = {
        "angle_mae_deg": off[:, :-1].mean(),
        "lower_mae_deg": off[:, :-1][:, legs].mean(),
        "rotation_deg": np.sqrt(3) * off[:, -1].mean(),
        "stated_sd_deg": np.sqrt((sd**2).mean()),
        "found_rms_deg": np.sqrt((off[:, :-1] ** 2).mean()),
        "coverage_68": 100 * (off[:, :-1] < sd).mean(),
    }
    return {name: round(float(value), 2) for name, value in told.items()}


def errors_rad(poses: Poses, seen: Lifted, network: LiftingNetwork) -> Array:
    """(N, J + 1): of each told angle, and of the pelvis' rotation about any one axis."""
    columns = network.vector.head.columns
    turn = rotation_error(poses.view_rotation, seen.view_rotation)
    return np.concatenate([(poses.coordinates - seen.coordinates)[:, columns], turn[:, None]], axis=1)
