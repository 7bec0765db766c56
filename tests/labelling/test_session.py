from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinelab.errors import InputError
from kinelab.keypoints.projects.labels import State, no_labels
from kinelab.labelling.session import Mark, Session, marks_at, put, redo, undo

SIZE = (320, 240)
NAMES = ("nose", "left_knee", "right_knee")


@pytest.fixture
def fresh() -> Session:
    return Session(no_labels("side", "anna", NAMES))


def test_put_keeps_other_landmarks_and_thousandths_of_a_pixel(fresh: Session) -> None:
    session = put(fresh, 7, {"nose": Mark(10.12345, 20.0, State.VISIBLE)}, SIZE)
    session = put(session, 7, {"left_knee": Mark(None, None, State.ABSENT)}, SIZE)
    marks = marks_at(session.labels, 7)
    np.testing.assert_array_equal(marks.state, [State.VISIBLE, State.ABSENT, State.UNLABELLED])
    np.testing.assert_array_equal(marks.position_px[0], [10.123, 20.0])
    assert np.isnan(marks.position_px[1:]).all()


def test_undo_and_redo_walk_the_same_way_and_say_the_frame(fresh: Session) -> None:
    one = put(fresh, 7, {"nose": Mark(1.0, 2.0, State.VISIBLE)}, SIZE)
    two = put(one, 9, {"nose": Mark(3.0, 4.0, State.OCCLUDED)}, SIZE)
    back, frame = undo(two)
    assert frame == 9
    assert back.labels.frame.tolist() == [7]
    first, frame = undo(back)
    assert frame == 7
    assert first.labels.frame.size == 0
    forth, frame = redo(redo(first)[0])
    assert frame == 9
    assert marks_at(forth.labels, 9).same(marks_at(two.labels, 9))


def test_a_new_change_forgets_what_was_undone(fresh: Session) -> None:
    session = put(fresh, 7, {"nose": Mark(1.0, 2.0, State.VISIBLE)}, SIZE)
    session = put(undo(session)[0], 7, {"nose": Mark(5.0, 5.0, State.VISIBLE)}, SIZE)
    with pytest.raises(InputError, match="nothing to redo"):
        redo(session)


def test_nothing_to_undo_is_said(fresh: Session) -> None:
    with pytest.raises(InputError, match="nothing to undo"):
        undo(fresh)


def test_saying_the_same_again_is_no_change(fresh: Session) -> None:
    marks = {"nose": Mark(1.0, 2.0, State.VISIBLE)}
    session = put(fresh, 7, marks, SIZE)
    assert put(session, 7, marks, SIZE) is session


@pytest.mark.parametrize("place", [(-0.5, -0.5), (319.5, 239.5)])
def test_the_rim_of_the_outermost_pixel_is_inside(fresh: Session, place: tuple[float, float]) -> None:
    assert put(fresh, 0, {"nose": Mark(*place, State.VISIBLE)}, SIZE).labels.placed.any()


def test_outside_unknown_and_contradicting_are_told_at_once(fresh: Session) -> None:
    marks = {
        "nose": Mark(320.0, 5.0, State.VISIBLE),
        "tail": Mark(1.0, 1.0, State.VISIBLE),
        "left_knee": Mark(1.0, 1.0, State.ABSENT),
    }
    with pytest.raises(InputError, match=r"outside the picture of 320 x 240 px.*'tail'.*absent at \(1\.0"):
        put(fresh, 0, marks, SIZE)


ACTS = st.one_of(
    st.tuples(
        st.sampled_from([0, 5, 9]),
        st.sampled_from(NAMES),
        st.one_of(
            st.builds(Mark, st.floats(0, 319), st.floats(0, 239), st.just(State.OCCLUDED)),
            st.just(Mark(None, None, State.UNLABELLED)),
        ),
    ),
    st.sampled_from(["undo", "redo"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_undoing_everything_leads_back_to_nothing(acts: list[tuple[int, str, Mark] | str]) -> None:
    session = Session(no_labels("side", "anna", NAMES))
    for act in acts:
        if act == "undo" and session.past:
            session, _ = undo(session)
        elif act == "redo" and session.future:
            session, _ = redo(session)
        elif not isinstance(act, str):
            session = put(session, act[0], {act[1]: act[2]}, SIZE)
    n = len(session.past)
    last = session.labels
    for _ in range(n):
        session, _ = undo(session)
    assert session.labels.frame.size == 0
    for _ in range(n):
        session, _ = redo(session)
    np.testing.assert_array_equal(session.labels.frame, last.frame)
    np.testing.assert_array_equal(session.labels.position_px, last.position_px)
