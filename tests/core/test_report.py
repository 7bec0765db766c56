from __future__ import annotations

import dataclasses

import pytest

from kinelab.core.measures import Measures
from kinelab.core.provenance import FileRecord, ModelRecord, Provenance
from kinelab.core.report import Finding, Report
from kinelab.core.subject import Subject


def test_report_is_plain_data():
    report = Report(
        "Walk", Subject("P7"), Measures(()), (Finding("info", "Two strides."),), Provenance(synthetic=True)
    )
    plain = dataclasses.asdict(report)
    assert plain["findings"] == ({"level": "info", "text": "Two strides.", "evidence": ""},)
    assert plain["provenance"]["synthetic"] is True
    assert plain["sign_off"] is None


def test_provenance_defaults_share_nothing():
    assert Provenance().settings is not Provenance().settings
    record = Provenance(inputs=(FileRecord("a.mp4", "00", 1),), models=(ModelRecord("pose", "11"),))
    assert record.models[0].licence == "unknown"


@pytest.mark.parametrize("noun", [Provenance(), Finding("info", "x"), Subject()])
def test_nouns_do_not_change(noun):
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
        setattr(noun, dataclasses.fields(noun)[0].name, "other")
