from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.errors import InputError, OutputError, VideoError
from kinelab.exchange import face_blur
from kinelab.exchange.face_blur import blur_faces, hide
from kinelab.exchange.head_regions import head_regions
from kinelab.files.video import open_video, read_frames
from kinelab.pipeline.demo import DemoResult
from kinelab.pipeline.people_file import load_people

SIZE = (320, 240)
RATE_HZ = 25
FRAMES = 40


def head_x(i: int) -> int:
    return 60 + 4 * i


def picture(i: int) -> np.ndarray:
    """A grey room with a person whose head is a chessboard of 4 px squares, 32 px wide, at y = 50."""
    image = np.full((SIZE[1], SIZE[0], 3), 120, dtype=np.uint8)
    x = head_x(i)
    board = np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((4, 4))) * 255
    image[34:66, x - 16 : x + 16] = board[..., None]
    image[66:130, x - 12 : x + 12] = (30, 60, 120)
    return image


def landmarks() -> Keypoints:
    place = {"head": 36, "nose": 52, "neck": 66, "left_shoulder": 70, "right_shoulder": 70,
             "left_hip": 130, "right_hip": 130}  # fmt: skip
    position = np.full((FRAMES, len(GAIT_20), 2), np.nan)
    for name, y in place.items():
        position[:, GAIT_20.index(name)] = [[head_x(i), y] for i in range(FRAMES)]
    confidence = np.where(np.isfinite(position[..., 0]), 0.9, np.nan)
    return Keypoints(GAIT_20, np.arange(FRAMES) / RATE_HZ, position, confidence)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """The person with sound, a title and the place where it was filmed."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update(title="Jane Miller", location="+48.1-011.5/", creation_time="2026-01-31T08:00:00")
        stream = out.add_stream("libx264", rate=RATE_HZ, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        sound = out.add_stream("aac", rate=8000)
        sound.layout = "mono"
        for i in range(FRAMES):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture(i), format="rgb24")))
        out.mux(stream.encode(None))
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        tone.rate, tone.pts, tone.time_base = 8000, 0, Fraction(1, 8000)
        out.mux(sound.encode(tone))
        out.mux(sound.encode(None))
    with av.open(str(path)) as made:
        assert {one.type for one in made.streams} == {"video", "audio"}
        assert "title" in made.metadata
    return path


def frames_of(path: Path) -> list[np.ndarray]:
    with read_frames(open_video(path)) as frames:
        return [frame.image for frame in frames]


def test_the_head_is_gone_and_the_rest_is_there(film: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    done = blur_faces(film, [landmarks()], tmp_path / "out.mp4", advance=seen.append)
    assert (done.frames, done.whole) == (FRAMES, 0)
    assert done.worst < 6
    assert seen == list(range(1, FRAMES + 1))
    before, after = frames_of(film), frames_of(tmp_path / "out.mp4")
    assert len(after) == FRAMES
    for i in range(FRAMES):
        head = np.s_[34:66, head_x(i) - 16 : head_x(i) + 16]
        assert before[i][head].std() > 100
        # A chessboard is grey from afar: of its contrast nothing is left.
        assert after[i][head].std() < 20
        legs = np.s_[110:130, head_x(i) - 12 : head_x(i) + 12]
        assert np.abs(before[i][legs].astype(int) - after[i][legs]).mean() < 10
    times = [open_video(path).frame_time_s for path in (film, tmp_path / "out.mp4")]
    np.testing.assert_allclose(times[0] - times[0][0], times[1], atol=1e-3)


def test_a_film_in_slow_motion_plays_as_slowly(film: Path, tmp_path: Path) -> None:
    """Landmarks have the times of life, four times as fast."""
    lived = landmarks()
    quick = Keypoints(GAIT_20, lived.time_s / 4, lived.position, lived.confidence)
    done = blur_faces(film, [quick], tmp_path / "out.mp4", slow_motion=4.0)
    assert done.whole == 0
    assert done.worst < 6
    assert open_video(tmp_path / "out.mp4").rate_hz == pytest.approx(RATE_HZ, rel=0.01)


def test_sound_title_place_and_time_are_gone(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    blur_faces(film, [landmarks()], out)
    with av.open(str(out)) as made:
        assert [one.type for one in made.streams] == ["video"]
        assert not {"title", "location", "creation_time"} & set(made.metadata)
    content = out.read_bytes()
    for secret in (b"Miller", b"+48.1", b"2026-01"):
        assert secret in film.read_bytes()
        assert secret not in content


def test_nothing_that_tells_letters_apart_is_left_of_a_region() -> None:
    """Pictures with equal means of each ninth become one picture: what lay within is not there any more."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (99, 99, 3), dtype=np.uint8)
    shuffled = image.copy()
    for top in range(0, 99, 33):
        for left in range(0, 99, 33):
            cell = shuffled[top : top + 33, left : left + 33].reshape(-1, 3)
            shuffled[top : top + 33, left : left + 33] = rng.permutation(cell).reshape(33, 33, 3)
    assert (shuffled != image).any()
    one, other = (hide(each, None).astype(int) for each in (image, shuffled))
    assert np.abs(one - other).max() <= 1  # of 255: rounded twice


def test_regions_at_and_beyond_the_edge() -> None:
    image = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    hidden = hide(
        image, np.array([[0.0, 0.0, 10.0], [79.0, 59.0, 5.0], [500.0, 20.0, 10.0], [40.0, 30.0, 0.2]])
    )
    assert (hidden[:9, :9] != image[:9, :9]).any()
    assert (hidden[56:, 76:] != image[56:, 76:]).any()
    np.testing.assert_array_equal(hidden[20:50, 15:70], image[20:50, 15:70])


def test_where_the_head_is_not_known_all_is_hidden(film: Path, tmp_path: Path) -> None:
    lost = landmarks()
    position = np.array(lost.position)
    position[:, [GAIT_20.index("head"), GAIT_20.index("nose")]] = np.nan
    position[0] = lost.position[0]
    confidence = np.where(np.isfinite(position[..., 0]), 0.9, np.nan)
    half = Keypoints(GAIT_20, lost.time_s, position, confidence)
    done = blur_faces(film, [half], tmp_path / "out.mp4")
    assert done.whole == sum(i / RATE_HZ > 0.5 for i in range(FRAMES))
    late = frames_of(tmp_path / "out.mp4")[-1]
    assert np.abs(np.diff(late[:, ::8].astype(int), axis=0)).max() < 60
    assert late[34:66].std() < frames_of(film)[-1][34:66].std() / 2


def test_a_film_that_fails_its_check_is_not_written(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"an older film")

    class Forgetful(face_blur.VideoWriter):
        """Writes frame 20 as it was filmed."""

        def write(self, image: np.ndarray, time_s: float | None = None) -> None:
            super().write(picture(20) if self.n_written == 20 else image, time_s)

    monkeypatch.setattr(face_blur, "VideoWriter", Forgetful)
    with pytest.raises(OutputError, match=r"frame 20 of the film is not hidden as it should"):
        blur_faces(film, [landmarks()], out)
    assert out.read_bytes() == b"an older film"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "out.mp4"]


def test_a_film_with_a_title_would_not_be_written(film: Path) -> None:
    with pytest.raises(OutputError, match=r"the film would hold audio, .*title"):
        face_blur._refuse_tracks(film)


def test_what_cannot_be_hidden_is_refused(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with pytest.raises(InputError, match="is the film itself"):
        blur_faces(film, [landmarks()], film)
    with pytest.raises(InputError, match="nobody's landmarks"):
        blur_faces(film, [], out)
    with pytest.raises(VideoError, match="no such file"):
        blur_faces(tmp_path / "none.mp4", [landmarks()], out)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(film.read_bytes()[:2000])
    with pytest.raises(VideoError):
        blur_faces(cut, [landmarks()], out)
    assert not out.exists()


def test_memory_does_not_grow_with_the_film(film: Path, tmp_path: Path) -> None:
    """Each frame is 230 kB: forty of them would be 9 MB."""
    blur_faces(film, [landmarks()], tmp_path / "warm.mp4")
    tracemalloc.start()
    blur_faces(film, [landmarks()], tmp_path / "out.mp4")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5e6


def test_the_head_of_a_virtual_walker_is_hidden_in_every_frame(walk: DemoResult, walk_folder: Path) -> None:
    """The landmarks are the network's own; where crown and nose truly were, the virtual laboratory knows."""
    assert walk.truth
    people = [track.keypoints for track in load_people(walk_folder / "analysis" / "people.nc")]
    truth = np.load(walk_folder / "session" / "truth.npz")
    names = truth["landmark_name"].tolist()
    points = truth["landmark_px"][:, [names.index("head"), names.index("nose")]]
    source = open_video(walk_folder / "session" / "video.mp4")
    regions = head_regions(people, source.frame_time_s)
    away = [
        np.inf
        if region is None
        else (region[:, 2] - np.abs(points[i] - region[:, None, :2]).max(axis=(1, 2))).max()
        for i, region in enumerate(regions)
    ]
    # Crown and nose lie well within: some of the head is beyond them.
    assert min(away) > 5
    assert sum(region is None for region in regions) < 10
