"""`kinelab exchange send` and `dicom --server`, against the real servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.live_servers import TOKEN

from kinelab.cli import main
from kinelab.core.kinematics import Kinematics
from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.exchange.decimal_json import to_json
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir import fhir_bundle


@pytest.fixture
def bundle(
    report: Report, strides: Strides, kinematics: Kinematics, state: DocumentState, tmp_path: Path
) -> Path:
    path = tmp_path / "bundle.json"
    identity = Identity("visit by command", "P-17")
    path.write_text(to_json(fhir_bundle(report, strides, kinematics, state, identity=identity)))
    return path


def test_a_stored_bundle_is_sent_and_told(
    bundle: Path, fhir_server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    words = ["exchange", "send", str(bundle), "--server", fhir_server, "--allow-host", "127.0.0.1"]
    monkeypatch.delenv("KINELAB_EXCHANGE_TOKEN", raising=False)
    assert main(words) == 2
    assert "with 401 (is the token right?)" in capsys.readouterr().err
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    assert main([*words, "--token-file", str(token)]) == 0
    said = capsys.readouterr().out
    assert "made, 0 updated" in said
    assert "read back: all as it was sent, 48 numbers among it" in said
    monkeypatch.setenv("KINELAB_EXCHANGE_TOKEN", TOKEN)
    assert main(words) == 0
    assert ": 0 made, 0 updated, 15 unchanged" in capsys.readouterr().out


def test_digits_that_the_server_changed_are_told(
    bundle: Path, fhir_server: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINELAB_EXCHANGE_TOKEN", TOKEN)
    bundle.write_text(bundle.read_text().replace('"value": 0.91,', '"value": 0.910,'))
    assert main(["exchange", "send", str(bundle), "--server", fhir_server, "--allow-host", "127.0.0.1"]) == 0
    assert (
        "1 of them, or times, in another form, such as Observation.valueQuantity.value was 0.910, is 0.91"
        in (capsys.readouterr().out)
    )
