from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.detection.onnx_sessions import open_session
from kinelab.errors import ModelError


def test_shapes_are_known_before_the_first_frame(bright_spot_onnx) -> None:
    session = open_session(bright_spot_onnx("net.onnx"), threads=1)
    assert session.input_shape == (None, 3, 256, 192)
    assert session.image_size_px == (192, 256)
    assert session.takes_batches
    assert session.output_names == ("heatmaps",)
    assert session.output_shapes == ((None, 17, 64, 48),)
    (out,) = session.run(np.ones((2, 3, 256, 192), dtype=np.float32))
    assert out == pytest.approx(1.0)
    assert out.shape == (2, 17, 64, 48)


def test_bytes_open_as_the_file_does(bright_spot_onnx) -> None:
    content = bright_spot_onnx("net.onnx").read_bytes()
    assert open_session(content, name="own").input_shape == (None, 3, 256, 192)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no such model file: .*gone.onnx.*kinelab models list"):
        open_session(tmp_path / "gone.onnx")


@pytest.mark.parametrize("content", [b"", b"hello, this is no network", b"\x08\x07" * 200])
def test_not_an_onnx_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "page.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"page.onnx.*(cannot be opened|this network takes)"):
        open_session(path)


def test_a_file_cut_short(bright_spot_onnx, tmp_path: Path) -> None:
    content = bright_spot_onnx("net.onnx").read_bytes()
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match=r"cut\.onnx"):
        open_session(cut)


def test_a_network_that_takes_no_image(constant_onnx) -> None:
    path = constant_onnx("text.onnx", [1, 77], out=np.zeros((1, 3), dtype=np.float32))
    with pytest.raises(ModelError, match=r"takes image tensor\(float\) \[1, 77\]; expected one image"):
        open_session(path)
    grey = constant_onnx("grey.onnx", [1, 1, 64, 64], out=np.zeros((1, 3), dtype=np.float32))
    with pytest.raises(ModelError, match="1 channels; expected 3"):
        open_session(grey)
