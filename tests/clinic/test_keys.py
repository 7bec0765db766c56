"""The server's own secret: drawn once, readable by its owner only, told apart by purpose."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kinelab.clinic.keys import FILE, Keys
from kinelab.errors import FileFormatError, OutputError


def test_the_secret_stays_the_same_and_purposes_differ(tmp_path: Path) -> None:
    first, again = Keys(tmp_path), Keys(tmp_path)
    assert first.purpose("audit") == again.purpose("audit")
    assert len(first.purpose("audit")) == 32
    assert first.purpose("audit") != first.purpose("totp")
    assert Keys(tmp_path / "other").purpose("audit") != first.purpose("audit")


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    Keys(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_servers_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        drawn = set(pool.map(lambda _: Keys(tmp_path).purpose("x"), range(64)))
    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("content", "said"), [("hello", r"is not a server's key; restore it"), ("ab12", "holds 2 bytes of 32")]
)
def test_a_spoilt_key_is_told(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(FileFormatError, match=said):
        Keys(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="the server's key cannot be kept there"):
        Keys(tmp_path / "taken" / "clinic")
