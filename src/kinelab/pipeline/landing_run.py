"""Drop landings of one recording: when each foot lands, and how the knee takes the load."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from kinelab.core.measures import Measures
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.tables import write_csv
from kinelab.gait.landing import Landing, landing_measures, landings
from kinelab.pipeline.gait_inputs import Reading, read_input
from kinelab.pipeline.run_folder import RunFolder, source_record

TABLE = "landings.csv"
_FRONTAL = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle"))


def run_landings(
    path: str | Path, out: str | Path, reading: Reading | None = None
) -> tuple[tuple[Landing, ...], Measures]:
    """Find the landings in a recording of markers, or of angles with landmarks, and measure them into `out`.

    landings.csv: one row a landing of a foot; measures.nc and .csv: knee flexion of the file's angles, and
    the knee's projection angle in the frontal plane where both hips, knees and ankles are known.

    Raises:
        FileFormatError: the file cannot be read.
        InputError: no landmarks of heels and toes.
        GaitError: nobody leaves the ground and comes back.
        RunFolderError: `out` belongs to another run. OutputError: the disk is full.
    """
    import pandas as pd

    given = read_input(path, reading)
    if given.landmarks is None:
        raise InputError(f"{path}: landings are found by the heights of heels and toes; {given.missing}")
    found = landings(given.landmarks)
    frontal = given.landmarks if given.landmarks.skeleton.has(*_FRONTAL) else None
    measures = landing_measures(found, given.kinematics, frontal)
    folder = RunFolder(out, source_record(given.path), command=f"kinelab gait {Path(path).name} --landing")

    def write() -> list[str]:
        made = given.synthetic
        rows = pd.DataFrame([asdict(one) for one in found])
        write_csv(rows, folder.file(TABLE), synthetic=made)
        native.save(measures, folder.file("measures.nc"), synthetic=made)
        write_csv(measures.to_frame(), folder.file("measures.csv"), synthetic=made)
        return [TABLE, "measures.nc", "measures.csv"]

    names = dict(reading.marker_map or {}) if reading else {}
    folder.stage("landings", {"notes": list(given.notes), "marker_map": names}, write)
    return found, measures
