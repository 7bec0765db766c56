from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from pydicom import dcmread

from kinelab.cli import COMMANDS, main
from kinelab.cli import exchange as command
from kinelab.errors import FileFormatError, InputError, VideoError
from kinelab.files.video import open_video
from kinelab.pipeline.demo import DemoResult

Run = Callable[..., int]
PDF = b"%PDF-1.7 of the tests, odd"


@pytest.fixture
def run() -> Run:
    """run("fhir", folder, ...): one `kinelab exchange` command."""

    def one(*words: object) -> int:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args([str(word) for word in words]))

    return one


@pytest.fixture
def folder(walk: DemoResult, walk_folder: Path, tmp_path: Path) -> Path:
    """A copy of the short demo's run."""
    assert walk.truth
    return Path(shutil.copytree(walk_folder / "analysis", tmp_path / "walk-kinelab"))


@pytest.fixture
def film(walk: DemoResult, walk_folder: Path) -> Path:
    assert walk.truth
    return walk_folder / "session" / "video.mp4"


def resources(path: Path, kind: str) -> list[dict[str, object]]:
    entries = json.loads(path.read_text())["entry"]
    return [e["resource"] for e in entries if e["resource"]["resourceType"] == kind]


def test_it_is_among_the_commands() -> None:
    assert "exchange" in COMMANDS


def test_a_bundle_of_a_run(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle.json"
    assert run("fhir", folder, "--out", out, "--patient", "P-17", "--recorded", "2026-01-31") == 0
    (report,) = resources(out, "DiagnosticReport")
    assert report["status"] == "preliminary"
    assert report["effectiveDateTime"] == "2026-01-31"
    assert report["subject"]["identifier"]["value"] == "P-17"  # type: ignore[index]
    assert [label["code"] for label in report["meta"]["security"]] == ["HTEST"]  # type: ignore[index]
    observations = resources(out, "Observation")
    assert f"{len(observations)} Observation, 1 DiagnosticReport" in capsys.readouterr().out
    assert sum("valueSampledData" in one for one in observations) == 14
    first = out.read_bytes()
    run("fhir", folder, "--out", out, "--patient", "P-17", "--recorded", "2026-01-31")
    assert out.read_bytes() == first


def test_states_by_options_and_by_file(run: Run, folder: Path, tmp_path: Path) -> None:
    out, state = tmp_path / "bundle.json", tmp_path / "state.json"
    at = "2026-02-01T10:00:00+01:00"
    run("fhir", folder, "--out", out, "--status", "final", "--by", "dr-4", "--issued", at)
    (report,) = resources(out, "DiagnosticReport")
    assert (report["status"], report["issued"]) == ("final", at)
    signed = {"who": "dr-5", "time": at}
    told = {"status": "amended", "version": 2, "issued": at, "signers": [signed],
            "corrections": [{**signed, "text": "one stride left out"}]}  # fmt: skip
    state.write_text(json.dumps(told))
    run("fhir", folder, "--out", out, "--state", state)
    assert resources(out, "DiagnosticReport")[0]["status"] == "amended"
    assert len(resources(out, "Provenance")) == 3
    with pytest.raises(InputError, match="--state holds status, version"):
        run("fhir", folder, "--out", out, "--state", state, "--by", "dr-4")
    with pytest.raises(InputError, match="--status final needs --issued"):
        run("fhir", folder, "--out", out, "--status", "final", "--by", "dr-4")
    with pytest.raises(InputError, match="'final' without a signer"):
        run("fhir", folder, "--out", out, "--status", "final", "--issued", at)
    state.write_text(json.dumps(told | {"version": "two"}))
    with pytest.raises(FileFormatError, match=r"state.json: version: Input should be a valid integer"):
        run("fhir", folder, "--out", out, "--state", state)


def test_the_pdf_goes_along_when_asked(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle.json"
    with pytest.raises(FileFormatError, match=r"there is no PDF to embed; make it first: kinelab report"):
        run("fhir", folder, "--out", out, "--embed-pdf")
    (folder / "report.pdf").write_bytes(PDF)
    run("fhir", folder, "--out", out)
    assert "data" not in resources(out, "DiagnosticReport")[0]["presentedForm"][0]  # type: ignore[index]
    run("fhir", folder, "--out", out, "--embed-pdf")
    assert "data" in resources(out, "DiagnosticReport")[0]["presentedForm"][0]  # type: ignore[index]


def test_nothing_is_sent_to_an_address_that_is_not_allowed(
    folder: Path, tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    for url, problem in (
        ("http://example.org/fhir", "http is not encrypted"),
        ("https://169.254.169.254/", "nothing is sent there"),
        ("https://localhost/", "lies inside a network"),
        ("https://me:secret@example.org/", "holds a user name or password"),
    ):
        assert main(["exchange", "send", str(folder), "--server", url]) == 2
        said = capsys.readouterr().err
        assert problem in said
        assert "secret" not in said
    with pytest.raises(InputError, match="--timeout-s is -1"):
        run("send", folder, "--server", "https://example.org", "--timeout-s", -1)
    with pytest.raises(InputError, match=r"--token-file .* cannot be read"):
        run("send", folder, "--server", "https://example.org", "--token-file", tmp_path / "none")
    (tmp_path / "half").write_text("password")
    with pytest.raises(InputError, match="user:password"):
        run("send", folder, "--server", "https://example.org", "--basic-file", tmp_path / "half")


def test_what_is_no_bundle_is_not_sent(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    for text, problem in (
        ("[]", "is JSON, but no bundle"),
        ("{", "this is not JSON"),
        ('{"resourceType": "Patient"}', "it is a Patient of type None"),
    ):
        path.write_text(text)
        with pytest.raises(FileFormatError, match=problem):
            run("send", path, "--server", "https://example.org")
    with pytest.raises(FileFormatError, match="there is no such report"):
        run("fhir", tmp_path, "--out", path)


def test_a_dicom_file_of_a_run(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.dcm"
    with pytest.raises(FileFormatError, match="there is no PDF; make it first"):
        run("dicom", folder, "--out", out)
    (folder / "report.pdf").write_bytes(PDF)
    assert run("dicom", folder, "--out", out, "--patient", "P-17") == 0
    data = dcmread(out)
    assert (data.PatientID, data.EncapsulatedDocumentLength) == ("P-17", len(PDF))
    assert "stored" not in capsys.readouterr().out


def test_a_research_export_of_runs(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, days, out = tmp_path / "key", tmp_path / "days.csv", tmp_path / "export"
    key.write_text("0123456789abcdef0123456789abcdef\n")
    days.write_text("run,recorded\nwalk-kinelab,2026-01-31\n")
    words = ["research", folder, "--key-file", key, "--recorded", days, "--licence", "CC BY 4.0", "--quiet"]
    assert run(*words, "--out", out) == 0
    said = capsys.readouterr().out
    assert "1 people, 1 sessions" in said
    assert "note: 1 of 1 people share" in said
    assert "synthetic" in said
    assert pd.read_csv(out / "sessions.csv")["recorded"].tolist() == [2026]
    run(*words, "--out", tmp_path / "again", "--dates", "none")
    assert "recorded" not in pd.read_csv(tmp_path / "again" / "sessions.csv")
    with pytest.raises(InputError, match="--least is 0"):
        run(*words, "--out", tmp_path / "third", "--least", 0)
    with pytest.raises(InputError, match="walk-kinelab is that of several"):
        run(words[0], folder, *words[1:], "--out", tmp_path / "third")
    days.write_text("folder,day\n")
    with pytest.raises(FileFormatError, match="expected the columns run and recorded"):
        run(*words, "--out", tmp_path / "third")
    key.write_text("short")
    with pytest.raises(InputError, match="the key has 5 bytes"):
        run("research", folder, "--key-file", key, "--out", tmp_path / "third", "--quiet")


def test_a_film_without_faces(
    run: Run, folder: Path, film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "blurred.mp4"
    assert run("blur", film, folder, "--out", out, "--quiet") == 0
    assert "heads of 1 people hidden, checked frame by frame" in capsys.readouterr().out
    assert open_video(out).n_frames == open_video(film).n_frames
    (folder / "people.nc").unlink()
    run("blur", film, folder, "--out", out, "--quiet")
    other = tmp_path / "other.mp4"
    other.write_bytes(film.read_bytes() + b"\0")
    with pytest.raises(InputError, match=r"is not the run of .*other.mp4: its recording had another content"):
        run("blur", other, folder, "--out", out)
    with pytest.raises(VideoError, match="no such file"):
        run("blur", tmp_path / "none.mp4", folder, "--out", out)


def test_the_vocabulary(run: Run, tmp_path: Path) -> None:
    assert run("codes", "--out", tmp_path / "codes.json") == 0
    system = json.loads((tmp_path / "codes.json").read_text())
    assert system["resourceType"] == "CodeSystem"
    assert len(system["concept"]) > 80
