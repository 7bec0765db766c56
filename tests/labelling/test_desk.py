from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from kinelab.errors import FileFormatError, InputError, OutputError
from kinelab.keypoints.projects.labels import State, labels_path, load_labels
from kinelab.keypoints.projects.project import Project, load_project, save_project
from kinelab.labelling.desk import ChangedElsewhereError, Desk
from kinelab.labelling.session import Mark, Session, put, undo

from .conftest import FRAMES, LANDMARKS, SIZE_PX

NOSE = {"nose": Mark(10.0, 20.0, State.VISIBLE)}
ALL = {name: Mark(None, None, State.ABSENT) for name in LANDMARKS}


def placing(marks: dict[str, Mark], frame: int = 3):  # type: ignore[no-untyped-def]
    def act(session: Session, _: Project) -> tuple[Session, int]:
        return put(session, frame, marks, SIZE_PX), frame

    return act


def test_a_change_is_on_the_disk_when_it_returns(folder: Path) -> None:
    desk = Desk(folder, "anna")
    opened = desk.open("page one", "side")
    changed = desk.change("page one", "side", opened.version, placing(NOSE))
    assert changed.version != opened.version
    assert load_labels(folder, load_project(folder), "anna", "side").position_px[0, 0].tolist() == [
        10.0,
        20.0,
    ]


def test_another_window_is_noticed_and_nothing_is_overwritten(folder: Path) -> None:
    desk, other = Desk(folder, "anna"), Desk(folder, "anna")  # the other may be another server
    version = desk.open("page one", "side").version
    other.change("page two", "side", other.open("page two", "side").version, placing(NOSE))
    before = labels_path(folder, "anna", "side").read_bytes()
    with pytest.raises(ChangedElsewhereError, match="changed in another window") as caught:
        desk.change("page one", "side", version, placing({"nose": Mark(1.0, 1.0, State.VISIBLE)}))
    assert labels_path(folder, "anna", "side").read_bytes() == before
    assert caught.value.now.session.labels.position_px[0, 0].tolist() == [10.0, 20.0]
    desk.change("page one", "side", caught.value.now.version, placing(ALL))


def test_a_change_that_is_there_already_is_no_conflict(folder: Path) -> None:
    # The answer was lost with a killed server; the page sends its change again.
    desk = Desk(folder, "anna")
    version = desk.open("page one", "side").version
    saved = desk.change("page one", "side", version, placing(NOSE))
    again = Desk(folder, "anna").change("page one", "side", version, placing(NOSE))
    assert again.version == saved.version


def test_undo_in_a_page_whose_file_was_changed_is_a_conflict(folder: Path) -> None:
    desk = Desk(folder, "anna")
    first = desk.change("page one", "side", desk.open("page one", "side").version, placing(NOSE))
    desk.change("page two", "side", first.version, placing(ALL, 40))
    with pytest.raises(ChangedElsewhereError):
        desk.change("page one", "side", first.version, lambda session, _: undo(session))


def test_a_full_disk_keeps_the_file_and_the_session(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(folder, "anna")
    saved = desk.change("page one", "side", desk.open("page one", "side").version, placing(NOSE))
    before = labels_path(folder, "anna", "side").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(OutputError, match="disk is full"):
            desk.change("page one", "side", saved.version, placing(ALL))
    assert labels_path(folder, "anna", "side").read_bytes() == before
    assert desk.change("page one", "side", saved.version, placing(ALL)).session.labels.complete.all()


def test_a_corrupt_label_file_is_named_and_left_alone(folder: Path) -> None:
    path = labels_path(folder, "anna", "side")
    path.parent.mkdir(parents=True)
    path.write_text('{"format": "kinelab labels 1", "frames')
    desk = Desk(folder, "anna")
    with pytest.raises(FileFormatError, match=r"side\.json.*nothing was changed"):
        desk.open("page one", "side")
    assert path.read_text().endswith("frames")


def test_a_landmark_added_meanwhile_makes_a_new_version(folder: Path) -> None:
    desk = Desk(folder, "anna")
    version = desk.open("page one", "side").version
    project = load_project(folder)
    save_project(replace(project, landmarks=(*project.landmarks, "left_heel")), folder)
    with pytest.raises(ChangedElsewhereError) as caught:
        desk.change("page one", "side", version, placing(NOSE))
    assert caught.value.now.session.labels.landmarks[-1] == "left_heel"


def test_a_second_rater_is_blind_until_complete(folder: Path) -> None:
    anna, berta = Desk(folder, "anna"), Desk(folder, "berta")
    anna.change("page one", "side", anna.open("page one", "side").version, placing(NOSE))
    assert not berta.may_see_others("side")
    assert berta.others("side") == {}
    assert list(Desk(folder, "berta", show_others=True).others("side")) == ["anna"]
    version = berta.open("page two", "side").version
    for frame in FRAMES:
        assert not berta.may_see_others("side")
        version = berta.change("page two", "side", version, placing(ALL, frame)).version
    assert list(berta.others("side")) == ["anna"]


@pytest.mark.parametrize("rater", ["../anna", "", "a/b", ".hidden"])
def test_a_rater_who_leads_elsewhere_is_refused(folder: Path, rater: str) -> None:
    with pytest.raises(InputError, match="plain name"):
        Desk(folder, rater)


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="kinelab keypoints new"):
        Desk(tmp_path, "anna")
