"""Set-ups of inverse kinematics: what OpenSim's files say, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.ik_setup import IkTasks, read_ik_setup, read_ik_tasks
from kinelab.body.time_range import in_time_range
from kinelab.errors import FileFormatError, InputError

TASKS = """<IKTaskSet><objects>
<IKMarkerTask name="A"><apply>true</apply><weight>2</weight></IKMarkerTask>
<IKMarkerTask name="B"><apply>false</apply><weight>5</weight></IKMarkerTask>
<IKMarkerTask name="C"><weight>0</weight></IKMarkerTask>
<IKCoordinateTask name="x"><apply>true</apply><weight>3</weight>
  <value_type>manual_value</value_type><value>0.5</value></IKCoordinateTask>
<IKCoordinateTask name="y"><apply>true</apply><weight>1</weight></IKCoordinateTask>
</objects></IKTaskSet>"""


def written(folder: Path, inside: str, name: str = "setup.xml") -> Path:
    path = folder / name
    tool = f"<InverseKinematicsTool>\n{inside}\n</InverseKinematicsTool>"
    path.write_text(f'<?xml version="1.0"?>\n<OpenSimDocument Version="40000">\n{tool}\n</OpenSimDocument>')
    return path


def test_set_up_keeps_the_tasks_that_count(tmp_path: Path) -> None:
    inside = (
        "<model_file> ..\\m.osim </model_file><marker_file>t.trc</marker_file><accuracy>1e-6</accuracy>"
        f"<coordinate_file>Unassigned</coordinate_file><time_range>0.4 1.6</time_range>{TASKS}"
    )
    setup = read_ik_setup(written(tmp_path, inside))
    assert dict(setup.tasks.marker_weight) == {"A": 2.0}
    assert dict(setup.tasks.coordinate_weight) == {"x": 3.0, "y": 1.0}
    assert setup.tasks.coordinate_target["x"] == 0.5  # radians, as OpenSim takes it
    assert "y" not in setup.tasks.coordinate_target  # the model's default
    assert setup.model_path == tmp_path / ".." / "m.osim"
    assert setup.marker_path == tmp_path / "t.trc"
    assert setup.coordinate_path is None
    assert (setup.time_range_s, setup.accuracy, setup.constraint_weight) == ((0.4, 1.6), 1e-6, np.inf)


def test_tasks_in_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "tasks.xml").write_text(f"<OpenSimDocument>{TASKS}</OpenSimDocument>")
    setup = read_ik_setup(written(tmp_path, '<IKTaskSet file="tasks.xml"/>'))
    tasks, from_file = read_ik_tasks(tmp_path / "tasks.xml")
    assert dict(setup.tasks.marker_weight) == dict(tasks.marker_weight) == {"A": 2.0}
    assert from_file == ()


def test_an_empty_file_names_none(tmp_path: Path) -> None:
    inside = TASKS.replace("<IKTaskSet>", '<IKTaskSet file="">')
    assert dict(read_ik_setup(written(tmp_path, inside)).tasks.marker_weight) == {"A": 2.0}


def test_a_file_that_names_a_file_that_names_the_first(tmp_path: Path) -> None:
    (tmp_path / "further.xml").write_text(f"<OpenSimDocument>{TASKS}</OpenSimDocument>")
    one, two = tmp_path / "one.xml", tmp_path / "two.xml"
    one.write_text('<OpenSimDocument><IKTaskSet file="two.xml"/></OpenSimDocument>')
    two.write_text('<OpenSimDocument><IKTaskSet file="further.xml"/></OpenSimDocument>')
    assert dict(read_ik_tasks(one)[0].marker_weight) == {"A": 2.0}
    two.write_text('<OpenSimDocument>\n<IKTaskSet file="one.xml"/></OpenSimDocument>')
    with pytest.raises(
        FileFormatError, match=r"two.xml, row 2: <IKTaskSet> is to stand in one.xml, which was"
    ):
        read_ik_tasks(one)
    two.write_text("<OpenSimDocument/>")
    with pytest.raises(
        FileFormatError, match=r"two.xml: holds no <IKTaskSet>, but one.xml takes it from here"
    ):
        read_ik_tasks(one)


def test_targets_from_a_file_are_named(tmp_path: Path) -> None:
    task = (
        '<IKCoordinateTask name="q"><weight>1</weight><value_type>from_file</value_type></IKCoordinateTask>'
    )
    tasks = f"<IKTaskSet><objects>{task}</objects></IKTaskSet>"
    setup = read_ik_setup(written(tmp_path, f"<coordinate_file>c.mot</coordinate_file>{tasks}"))
    assert setup.from_file == ("q",)
    assert setup.coordinate_path == tmp_path / "c.mot"
    with pytest.raises(FileFormatError, match="q take their targets from a file, but <coordinate_file>"):
        read_ik_setup(written(tmp_path, tasks))


def test_finite_constraint_weight_is_told(tmp_path: Path) -> None:
    setup = read_ik_setup(written(tmp_path, f"<constraint_weight>20</constraint_weight>{TASKS}"))
    assert "constraint_weight 20 is not used" in setup.notes[0]


def marker_task(weight: str) -> str:
    task = f'<IKMarkerTask name="A"><weight>{weight}</weight></IKMarkerTask>'
    return f"<IKTaskSet><objects>\n{task}</objects></IKTaskSet>"


KIND = '<IKCoordinateTask name="q"><weight>1</weight><value_type>mean</value_type></IKCoordinateTask>'
TWICE = '<IKMarkerTask name="A"><weight>1</weight></IKMarkerTask></objects>'


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<model_file>a.osim</model_file>", "row 2: holds no <IKTaskSet>, only <OpenSimDocument, Inverse"),
        (marker_task("many"), "row 5: <weight> is 'many', expected a number"),
        (marker_task("-1"), "row 5: weight of A is -1, expected a finite number, 0 or more"),
        (marker_task("1").replace("</objects>", TWICE), "row 5: a second task for 'A'"),
        (f"<IKTaskSet><objects>{KIND}</objects></IKTaskSet>", "<value_type> is 'mean', allowed are default"),
        (f"<time_range>1</time_range>{TASKS}", "row 4: <time_range> is '1', expected 2 numbers"),
        (f"<accuracy>high</accuracy>{TASKS}", "row 4: <accuracy> is 'high', expected a number"),
        (TASKS.replace("true", "yes", 1), "row 5: <apply> is 'yes', allowed are true and false"),
        (TASKS.replace("</objects>", ""), "row 1[0-9]: is no XML: mismatched tag"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_row(tmp_path: Path, inside: str, message: str) -> None:
    with pytest.raises(FileFormatError, match=message):
        read_ik_setup(written(tmp_path, inside))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"setup\.xml: cannot be read: No such file"):
        read_ik_setup(tmp_path / "setup.xml")


def test_time_range_picks_the_nearest_samples_as_opensim_does() -> None:
    # Each pair was run through OpenSim 4.6 on eight frames at 100 Hz.
    time_s = np.arange(8) / 100
    for (start, stop), frames in {
        (0.01, 0.03): (1, 3),
        (0.013, 0.028): (1, 3),
        (0.016, 0.034): (2, 3),
        (-1.0, 0.02): (0, 2),
        (0.05, 9.0): (5, 7),
        (0.02, 0.02): (2, 2),
        (-np.inf, np.inf): (0, 7),
    }.items():
        picked = np.arange(8)[in_time_range(time_s, (start, stop))]
        assert (picked[0], picked[-1]) == frames
    assert in_time_range(time_s, None) == slice(0, 8)
    with pytest.raises(InputError, match=r"0\.5 to 0\.9 s holds no frame; the recording has 0 to 0\.07 s"):
        in_time_range(time_s, (0.5, 0.9))


def test_tasks_are_checked() -> None:
    with pytest.raises(InputError, match="weight of A is -1, expected a number above 0"):
        IkTasks({"A": -1.0})
    with pytest.raises(InputError, match="a target but no weight for q"):
        IkTasks({"A": 1.0}, coordinate_target={"q": 0.0})
    with pytest.raises(InputError, match="target of q holds NaN"):
        IkTasks({"A": 1.0}, {"q": 1.0}).with_targets({"q": np.nan})


@pytest.mark.shared
def test_every_set_up_that_opensim_ships_is_read(shared_data: Path) -> None:
    weights = {
        "pipeline_gait2392/subject01_Setup_IK.xml": 31,
        "pipeline_gait10dof/IK/walk_Setup_IK.xml": 31,
        "pipeline_rajagopal/IK/ik_setup_run.xml": 41,
        "pipeline_rajagopal/IK/ik_setup_walk.xml": 39,
        "opencap/opensimPipeline/IK/Setup_IK_shoulder.xml": 43,
        "opensim_core/Applications/IK/tests/resources/subject01_Setup_InverseKinematics.xml": 31,
    }
    for name, count in weights.items():
        assert len(read_ik_setup(shared_data / "opensim" / name).tasks.marker_weight) == count
