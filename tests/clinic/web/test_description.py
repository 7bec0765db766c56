"""The API's description: the page in docs is the one that this version writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinelab.cli import main
from kinelab.clinic.web.app import api_description
from kinelab.clinic.web.description import as_json, as_markdown

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_the_page_in_docs_is_up_to_date() -> None:
    told = "write it anew: kinelab clinic openapi --markdown --out docs/api.md"
    assert PAGE.read_text(encoding="utf-8") == as_markdown(api_description()), told


def test_the_command_writes_both_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clinic", "openapi", "--out", str(tmp_path / "openapi.json")]) == 0
    written = json.loads((tmp_path / "openapi.json").read_text(encoding="utf-8"))
    assert written == json.loads(as_json(api_description()))
    assert written["paths"]["/api/v1/patients"]["post"]["responses"]["201"]
    assert main(["clinic", "openapi", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# The clinic's API\n")
