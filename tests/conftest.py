"""Fixtures for all rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real recordings that stand beside the checkout; skips where they are missing."""
    if not SHARED.is_dir():
        pytest.skip("the real recordings (../shared/data) are not beside this checkout")
    return SHARED
