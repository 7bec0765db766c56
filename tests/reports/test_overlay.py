from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.recording import Frame
from kinelab.errors import InputError
from kinelab.reports.analysis import Analysis, Tracking
from kinelab.reports.colours import VIDEO_RGB
from kinelab.reports.overlay import Overlay, OverlayOptions
from kinelab.reports.overlay_canvas import Canvas, Sprite, paste
from kinelab.reports.overlay_strip import inside

SIZE = (960, 540)
BARE = OverlayOptions(angles=False, trail_s=0.0, plot="")


def grey(index: int = 100, size: tuple[int, int] = SIZE, rate_hz: float = 50.0) -> Frame:
    return Frame(index, index / rate_hz, np.full((size[1], size[0], 3), 128, dtype=np.uint8))


def tracking_of(analysis: Analysis) -> Tracking:
    assert analysis.tracking is not None
    return analysis.tracking


def without_events() -> GaitEvents:
    return GaitEvents((), (), np.empty(0), np.empty(0), ())


@pytest.fixture(scope="module")
def overlay(analysis: Analysis) -> Overlay:
    return Overlay(tracking_of(analysis).keypoints, analysis.kinematics, analysis.events, SIZE)


def test_frame_is_not_changed_and_result_does_not_depend_on_order(overlay: Overlay) -> None:
    frame = grey(100)
    first = overlay.draw(frame)
    assert (frame.image == 128).all()
    overlay.draw(grey(20))
    assert first.dtype == np.uint8
    assert (overlay.draw(frame) == first).all()


def test_landmarks_are_drawn_where_they_are_in_their_side_s_colour(analysis: Analysis) -> None:
    keypoints = tracking_of(analysis).keypoints
    drawn = Overlay(keypoints, analysis.kinematics, without_events(), SIZE, 1.0, BARE).draw(grey(100))
    for name in ("right_knee", "right_ankle", "left_knee", "left_big_toe"):
        x, y = keypoints.of(name)[100]
        side = "right" if name.startswith("right") else "left"
        assert tuple(drawn[round(y), round(x)]) == VIDEO_RGB[side]


def test_scale_moves_landmarks_about_pixel_edges(analysis: Analysis) -> None:
    keypoints = tracking_of(analysis).keypoints
    half = (480, 270)
    small = Overlay(keypoints, analysis.kinematics, without_events(), half, 0.5, BARE).draw(grey(100, half))
    x, y = (keypoints.of("right_knee")[100] + 0.5) * 0.5 - 0.5
    assert np.abs(small[round(y), round(x)].astype(int) - VIDEO_RGB["right"]).max() < 40


def test_nothing_of_the_person_away_from_the_times_of_the_keypoints(analysis: Analysis) -> None:
    keypoints = tracking_of(analysis).keypoints
    drawn = Overlay(keypoints, analysis.kinematics, without_events(), SIZE, 1.0, BARE).draw(grey(900))
    assert (drawn[60:] == 128).all()
    assert (drawn[:40, :200] != 128).any()


def test_landmark_not_seen_draws_no_limb(analysis: Analysis) -> None:
    keypoints = tracking_of(analysis).keypoints
    plain = Overlay(keypoints, analysis.kinematics, without_events(), SIZE, 1.0, BARE)
    position = np.array(keypoints.position)
    position[100, :] = np.nan
    blind = Overlay(
        replace(keypoints, position=position), analysis.kinematics, without_events(), SIZE, 1.0, BARE
    )
    assert (plain.draw(grey(100))[60:] != 128).any()
    assert (blind.draw(grey(100))[60:] == 128).all()


def test_event_flashes_when_it_happens_and_not_before(analysis: Analysis) -> None:
    keypoints = tracking_of(analysis).keypoints
    contact = float(analysis.events.times("right", "ic")[2])
    foot = keypoints.of("right_heel")
    one = GaitEvents(["right"], ["ic"], [contact], [np.nan], ["m"])
    flashing = Overlay(keypoints, analysis.kinematics, one, SIZE, 1.0, BARE)
    plain = Overlay(keypoints, analysis.kinematics, without_events(), SIZE, 1.0, BARE)

    def changed(index: int) -> bool:
        x, y = foot[index].round().astype(int)
        around = (slice(y - 30, y + 30), slice(x - 30, x + 30))
        return bool((flashing.draw(grey(index))[around] != plain.draw(grey(index))[around]).any())

    first = int(np.ceil(contact * 50))
    assert not changed(first - 2)
    assert changed(first + 1)
    assert not changed(first + 20)


def test_strip_shows_who_stands_now(analysis: Analysis) -> None:
    keypoints = tracking_of(analysis).keypoints
    overlay = Overlay(keypoints, analysis.kinematics, analysis.events, SIZE, 1.0, BARE)
    contact = float(analysis.events.times("left", "ic")[1])
    toe_off = float(analysis.events.times("left", "to")[1])
    # The white line of `now` stands in the middle of what follows the labels.
    now = round(np.flatnonzero((overlay.draw(grey())[-30] == 255).all(axis=1)).mean())
    for time_s, stands in ((contact - 0.05, False), ((contact + toe_off) / 2, True)):
        row_of_left = overlay.draw(replace(grey(), time_s=time_s))[540 + 10]
        assert (tuple(row_of_left[now + 4]) == VIDEO_RGB["left"]) is stands


def test_inside_is_half_open() -> None:
    spans = np.array([[1.0, 2.0], [3.0, 4.0]])
    times = np.array([0.5, 1.0, 1.99, 2.0, 3.5, 4.0])
    assert inside(spans, times).tolist() == [False, True, True, False, True, False]
    assert not inside(np.empty((0, 2)), times).any()


def test_synthetic_data_is_written_on_every_frame(analysis: Analysis) -> None:
    keypoints = tracking_of(analysis).keypoints
    marked = Overlay(
        keypoints, analysis.kinematics, analysis.events, SIZE, 1.0, OverlayOptions(synthetic=True)
    ).draw(grey(900))
    top = marked[8:26, 300:660].reshape(-1, 3).astype(int)
    assert (np.abs(top - [255, 214, 10]).max(axis=1) < 30).sum() > 200


def test_canvas_blends_lines_that_are_half_clear() -> None:
    canvas = Canvas((40, 30))
    picture = np.full((30, 40, 3), 100, dtype=np.uint8)
    canvas.lines([np.array([[5.0, 10.0], [35.0, 10.0]])], (255, 255, 255), 5.0, alpha=0.5)
    canvas.flush(picture)
    assert np.abs(picture[10, 20].astype(int) - 178).max() <= 2
    assert (picture[20:] == 100).all()
    again = picture.copy()
    canvas.flush(again)
    assert (again == picture).all()


def test_paste_stays_inside_and_is_exact() -> None:
    rgba = np.zeros((4, 6, 4), dtype=np.uint8)
    rgba[:] = (10, 200, 30, 128)
    picture = np.full((8, 8, 3), 60, dtype=np.uint8)
    paste(picture, Sprite.of(rgba), 100, -5)
    wanted = np.rint((np.array([10, 200, 30]) * 128 + 60 * 127) / 255)
    np.testing.assert_array_equal(picture[:4, 2:], np.broadcast_to(wanted, (4, 6, 3)))
    assert (picture[4:] == 60).all()
    assert (picture[:, :2] == 60).all()


def test_wrong_inputs_are_told(analysis: Analysis, overlay: Overlay) -> None:
    keypoints = tracking_of(analysis).keypoints
    metres = replace(keypoints, unit="m")
    with pytest.raises(InputError, match="keypoints are in m, expected px"):
        Overlay(metres, analysis.kinematics, analysis.events, SIZE)
    with pytest.raises(InputError, match="scale is 0, expected picture width / video width"):
        Overlay(keypoints, analysis.kinematics, analysis.events, SIZE, 0)
    with pytest.raises(InputError, match=r"the frame is 480 x 270 px, expected \(960, 540\)"):
        overlay.draw(grey(0, (480, 270)))


@pytest.mark.parametrize("skeleton_of_ankles", [("left_ankle", "right_ankle"), ("nose",)])
def test_any_landmark_set_can_be_drawn(analysis: Analysis, skeleton_of_ankles: tuple[str, ...]) -> None:
    from kinelab.core.keypoints import Keypoints
    from kinelab.core.skeletons import Skeleton

    n = 3
    points = np.full((n, len(skeleton_of_ankles), 2), 200.0)
    few = Keypoints(Skeleton("few", skeleton_of_ankles), np.arange(n) / 50, points, np.ones(points.shape[:2]))
    overlay = Overlay(few, analysis.kinematics, analysis.events, SIZE)
    width, height = overlay.picture_size_px
    assert (width, height) > SIZE  # the phases stand below the frame, not on the feet
    assert overlay.draw(grey(1)).shape == (height, width, 3)
