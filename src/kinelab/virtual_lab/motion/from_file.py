"""A movement from a motion file of any kind that needs no markers; C3D and TRC: `pipeline.lab_motion`."""

from __future__ import annotations

from pathlib import Path

from kinelab.errors import FileFormatError, InputError
from kinelab.virtual_lab.motion.finishing import Finish
from kinelab.virtual_lab.motion.from_amass import movement_from_amass
from kinelab.virtual_lab.motion.from_asf_amc import CMU_RATE_HZ, movement_from_amc
from kinelab.virtual_lab.motion.from_bvh import movement_from_bvh
from kinelab.virtual_lab.motion.from_mot import movement_from_mot
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover

SUFFIXES = (".amc", ".bvh", ".mot", ".npz", ".sto")


def motion_from_file(
    path: str | Path,
    mover: Mover,
    rate_hz: float | None = None,
    *,
    keep_feet: bool = True,
    cutoff_hz: float | None = 12.0,
    skeleton: str | Path | None = None,
    source_rate_hz: float | None = None,
) -> Movement:
    """A person moving as a file says; which reader, its suffix says.

    .bvh, .amc (with its .asf), .mot and .sto of OpenSim, .npz as AMASS stores motions. rate_hz: of the
    movement, None = the file's. keep_feet: feet that stand are made to stand still. cutoff_hz: of
    a low-pass filter against what shakes in recordings, None = none. skeleton: the .asf of an
    .amc, None = the one beside it. source_rate_hz: of an .amc, which does not say; None = 120.

    Raises:
        FileFormatError: another suffix, or the file cannot be read; see the readers.
        InputError: an option that goes with another kind of file; a skeleton that is not understood.
    """
    path = Path(path)
    suffix, finish = path.suffix.lower(), Finish(rate_hz, keep_feet, cutoff_hz)
    if suffix not in SUFFIXES:
        hint = "; the .asf is the skeleton: give the .amc" if suffix == ".asf" else ""
        problem = f"is no motion that is read here ({suffix or 'no suffix'}); read are {', '.join(SUFFIXES)}"
        raise FileFormatError(path, problem + hint)
    if suffix == ".amc":
        rate = CMU_RATE_HZ if source_rate_hz is None else source_rate_hz
        return movement_from_amc(path, mover, finish, skeleton=skeleton, source_rate_hz=rate)
    if skeleton is not None or source_rate_hz is not None:
        raise InputError(f"{path}: a skeleton and a source rate go with .amc files; a {suffix} holds both")
    if suffix == ".bvh":
        return movement_from_bvh(path, mover, finish)
    if suffix == ".npz":
        return movement_from_amass(path, mover, finish)
    return movement_from_mot(path, mover, finish)
