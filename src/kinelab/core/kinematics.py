"""Joint and segment angles over time: what every estimator gives and all that follows takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Kinematics:
    """J angles at T uniform times; names, axes and signs as in docs/conventions.md.

    angle_deg (T, J), sd_deg (T, J) one standard deviation (NaN = not known), valid (T, J) False where the
    angle is a guess (long gap, landmark not seen). pelvis_rotation (T, 3, 3), pelvis to ground, and
    pelvis_position_m (T, 3) only from estimators that know them.
    """

    names: tuple[str, ...]
    time: Timebase
    angle_deg: Array
    sd_deg: Array
    valid: BoolArray
    subject: Subject = field(default_factory=Subject)
    provenance: Provenance = field(default_factory=Provenance)
    pelvis_rotation: Array | None = None
    pelvis_position_m: Array | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "angle_deg", read_only(self.angle_deg))
        object.__setattr__(self, "sd_deg", read_only(self.sd_deg))
        object.__setattr__(self, "valid", read_only(self.valid, np.bool_))
        shape = (self.time.n, len(self.names))
        with Problems("Kinematics") as problems:
            problems.unique("names", self.names)
            problems.shape("angle_deg", self.angle_deg, shape)
            problems.shape("sd_deg", self.sd_deg, shape)
            problems.shape("valid", self.valid, shape)
            problems.add_if((self.sd_deg < 0).any(), "sd_deg is negative")
            if self.valid.shape == self.angle_deg.shape:
                hollow = self.valid & ~np.isfinite(self.angle_deg)
                problems.add_if(hollow.any(), f"{int(hollow.sum())} valid angles are NaN or infinite")
            if self.pelvis_rotation is not None:
                problems.shape("pelvis_rotation", self.pelvis_rotation, (self.time.n, 3, 3))
            if self.pelvis_position_m is not None:
                problems.shape("pelvis_position_m", self.pelvis_position_m, (self.time.n, 3))

    def column(self, name: str) -> int:
        """Column of an angle; raises `InputError` that lists what exists."""
        if name not in self.names:
            raise InputError(f"no angle {name!r} here; there are {', '.join(self.names)}")
        return self.names.index(name)

    def of(self, name: str) -> Array:
        """One angle, (T,) deg."""
        angle: Array = self.angle_deg[:, self.column(name)]
        return angle

    def to_xarray(self) -> xr.Dataset:
        """As a labelled xarray.Dataset with dimensions time and coordinate."""
        import xarray as xr

        dims = ("time", "coordinate")
        return xr.Dataset(
            {
                "angle": (dims, self.angle_deg, {"units": "degree"}),
                "sd": (dims, self.sd_deg, {"units": "degree"}),
                "valid": (dims, self.valid.astype(np.int8), {"flag_meanings": "guess measured"}),
            },
            {"time": ("time", self.time.time_s, {"units": "s"}), "coordinate": list(self.names)},
            attrs={"subject": self.subject.id, "synthetic": int(self.provenance.synthetic)},
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a sample; columns time_s, then `<name>_deg` for each angle (NaN where not valid)."""
        import pandas as pd

        angles = np.where(self.valid, self.angle_deg, np.nan)
        frame = pd.DataFrame(angles, columns=[f"{name}_deg" for name in self.names])
        frame.insert(0, "time_s", self.time.time_s)
        return frame
