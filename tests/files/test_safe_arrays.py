"""Files of arrays: what safetensors reads, and the same bytes each time."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load

from kinelab.files.safe_arrays import safetensors_bytes


def test_the_same_bytes_each_time_and_the_library_reads_them() -> None:
    arrays = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([1, 2], np.int64)}
    texts = {"format": "x 1", "card": '{"µ": "ä\\n\\"q\\""}', "net": "n" * 41}
    written = {safetensors_bytes(arrays, texts) for _ in range(20)}
    assert len(written) == 1
    back = load(written.pop())
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)


def test_texts_come_back(tmp_path) -> None:
    from safetensors import safe_open

    texts = {"format": "x 1", "card": '{"µ": "ä\n"}'}
    (tmp_path / "a.safetensors").write_bytes(safetensors_bytes({"a": np.zeros(3)}, texts))
    with safe_open(tmp_path / "a.safetensors", "np") as file:
        assert file.metadata() == texts
