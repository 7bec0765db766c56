from __future__ import annotations

import io
from dataclasses import replace

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from kinelab.core.report import Report
from kinelab.errors import InputError
from kinelab.exchange.dicom import encapsulated_pdf, extracted_pdf
from kinelab.exchange.document import DocumentState, Identity

EVEN, ODD = b"%PDF-1.7 even", b"%PDF-1.7 odd"


def read(content: bytes) -> Dataset:
    return dcmread(io.BytesIO(content))


@pytest.mark.parametrize("pdf", [EVEN, ODD, ODD + b"\0", ODD + b"\0\0"])
def test_the_pdf_comes_out_byte_for_byte(
    pdf: bytes, report: Report, state: DocumentState, identity: Identity
) -> None:
    content = encapsulated_pdf(pdf, report, state, identity=identity)
    assert extracted_pdf(content) == pdf
    data = read(content)
    assert data.EncapsulatedDocumentLength == len(pdf)
    assert len(data.EncapsulatedDocument) == len(pdf) + len(pdf) % 2
    assert content == encapsulated_pdf(pdf, report, state, identity=identity)


def test_what_an_archive_reads(report: Report, state: DocumentState, identity: Identity) -> None:
    data = read(encapsulated_pdf(EVEN, report, state, identity=identity))
    assert data.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.104.1"
    assert data.SOPClassUID.name == "Encapsulated PDF Storage"
    assert data.file_meta.MediaStorageSOPInstanceUID == data.SOPInstanceUID
    assert (data.PatientID, str(data.PatientName), data.PatientSex, data.PatientBirthDate) == (
        "P-17",
        "",
        "F",
        "",
    )
    assert (data.Modality, data.MIMETypeOfEncapsulatedDocument) == ("DOC", "application/pdf")
    assert (data.StudyDate, data.ContentDate, data.ContentTime) == ("20260131", "20260201", "100000")
    assert (data.InstanceNumber, data.VerificationFlag) == (1, "VERIFIED")
    assert data.DocumentTitle == "Gait report, version 1, final"
    assert data.StudyInstanceUID == f"2.25.{identity.uuid.int}"
    # The pages may show the person.
    assert data.BurnedInAnnotation == data.RecognizableVisualFeatures == "YES"
    assert "PatientComments" not in data
    assert not [text for text in (str(data),) if "Miller" in text or ".mp4" in text]
    for uid in (data.StudyInstanceUID, data.SeriesInstanceUID, data.SOPInstanceUID):
        assert uid.is_valid
        assert len(uid) <= 64


def test_virtual_people_are_said_to_be_so(report: Report, state: DocumentState, identity: Identity) -> None:
    virtual = replace(report, provenance=replace(report.provenance, synthetic=True))
    data = read(encapsulated_pdf(EVEN, virtual, state, identity=identity))
    assert data.PatientComments == "Synthetic data: no real person was recorded"
    assert data.StudyDescription == "Gait report (synthetic)"
    assert data.RecognizableVisualFeatures == "NO"


def test_versions_are_instances_of_one_series(
    report: Report, state: DocumentState, identity: Identity
) -> None:
    amended = replace(state, status="amended", version=2)
    first = read(encapsulated_pdf(EVEN, report, state, identity=identity))
    second = read(encapsulated_pdf(EVEN, report, amended, identity=replace(identity, recorded=None)))
    other_pdf = read(encapsulated_pdf(ODD, report, state, identity=identity))
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert len({first.SOPInstanceUID, second.SOPInstanceUID, other_pdf.SOPInstanceUID}) == 3
    assert (second.InstanceNumber, second.StudyDate) == (2, "")


def test_the_time_of_recording_is_kept(report: Report, state: DocumentState, identity: Identity) -> None:
    at = replace(identity, recorded="2026-01-31T08:15:00+01:00")
    data = read(encapsulated_pdf(EVEN, report, state, identity=at))
    assert (data.StudyDate, data.StudyTime) == ("20260131", "081500")
    assert data.AcquisitionDateTime == "20260131081500+0100"


def test_what_is_no_pdf_or_no_pseudonym_is_refused(
    report: Report, state: DocumentState, identity: Identity
) -> None:
    with pytest.raises(InputError, match=r"it begins with b'<html>', so it is no PDF"):
        encapsulated_pdf(b"<html>", report, state, identity=identity)
    with pytest.raises(InputError, match="is no PatientID"):
        encapsulated_pdf(EVEN, report, state, identity=Identity("a", "x" * 65))
    with pytest.raises(InputError, match="this is no DICOM file"):
        extracted_pdf(b"not DICOM")
    data = read(encapsulated_pdf(EVEN, report, state, identity=identity))
    del data.EncapsulatedDocument
    without = io.BytesIO()
    data.save_as(without, enforce_file_format=True)
    with pytest.raises(InputError, match=r"holds no document; its class is 1\.2\.840"):
        extracted_pdf(without.getvalue())
