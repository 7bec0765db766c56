"""Against Debian's Orthanc (`orthanc`), by STOW-RS of its DICOMweb plug-in and by its own REST."""

from __future__ import annotations

import io
import urllib.request
from dataclasses import replace
from typing import Literal

import pytest
from pydicom import dcmread
from tests.live_servers import TOKEN

from kinelab.core.report import Report
from kinelab.errors import ExchangeError, InputError
from kinelab.exchange import dicom_sending
from kinelab.exchange.connection import Answer, Server, basic
from kinelab.exchange.dicom import encapsulated_pdf
from kinelab.exchange.dicom_sending import send_dicom
from kinelab.exchange.document import DocumentState, Identity

Way = Literal["dicomweb", "orthanc"]
PDFS = [b"%PDF-1.7 " + bytes(range(256)) * 300, b"%PDF-1.7 odd" + b"\0\xff" * 999, b"%PDF-1.7 ends with 0\0"]


def archive(url: str, secret: str = TOKEN) -> Server:
    return Server(url, basic(f"tests:{secret}"), allowed_hosts=(url.split("/")[2],))


@pytest.fixture(params=["dicomweb", "orthanc"])
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def server(way: Way, request: pytest.FixtureRequest) -> Server:
    return archive(request.getfixturevalue(way))


@pytest.mark.parametrize("pdf", PDFS, ids=["even", "odd", "zero at its end"])
def test_the_pdf_comes_back_byte_for_byte(
    pdf: bytes, server: Server, way: Way, report: Report, state: DocumentState, identity: Identity
) -> None:
    content = encapsulated_pdf(pdf, report, state, identity=identity)
    stored = send_dicom(content, server, way=way)
    assert stored.bytes_compared == len(pdf)
    assert stored.study == f"2.25.{identity.uuid.int}"
    assert send_dicom(content, server, way=way) == stored


def test_the_archive_finds_it_by_the_pseudonym(orthanc: str, report: Report, state: DocumentState) -> None:
    content = encapsulated_pdf(PDFS[0], report, state, identity=Identity("visit-9", "P-99"))
    for _ in range(2):
        send_dicom(content, archive(orthanc), way="orthanc")
    query = b'{"Level": "Instance", "Query": {"PatientID": "P-99"}, "Expand": true}'
    request = urllib.request.Request(
        f"{orthanc}/tools/find", query, {"Authorization": basic(f"tests:{TOKEN}")}
    )
    with urllib.request.urlopen(request) as answer:
        found = answer.read().decode()
    assert found.count('"SOPInstanceUID"') == 1
    assert str(dcmread(io.BytesIO(content)).SOPInstanceUID) in found


def test_a_wrong_password_is_told(
    server: Server, way: Way, report: Report, state: DocumentState, identity: Identity
) -> None:
    content = encapsulated_pdf(PDFS[0], report, state, identity=identity)
    with pytest.raises(ExchangeError, match="the archive refused the document with 401"):
        send_dicom(content, replace(server, authorization=basic("tests:wrong")), way=way)


def test_a_document_that_the_archive_does_not_know_how_to_store_is_told(
    server: Server, way: Way, report: Report, state: DocumentState, identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The file is broken on its way."""
    content = encapsulated_pdf(PDFS[0], report, state, identity=identity)
    real = dicom_sending.Connection.request

    def broken(self: object, method: str, path: str, **more: object) -> Answer:
        if isinstance(more.get("body"), bytes):
            more["body"] = more["body"].replace(b"DICM", b"MCID")  # type: ignore[attr-defined]
        return real(self, method, path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(dicom_sending.Connection, "request", broken)
    with pytest.raises(
        ExchangeError,
        match=r"the archive refused the document with 400: (Cannot parse an invalid DICOM|it gave no)",
    ):
        send_dicom(content, server, way=way)


def test_another_pdf_than_was_sent_is_found(
    server: Server, way: Way, report: Report, state: DocumentState, identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    content = encapsulated_pdf(PDFS[0], report, state, identity=identity)
    real = dicom_sending.Connection.request

    def altered(self: object, method: str, path: str, **more: object) -> Answer:
        answer = real(self, method, path, **more)  # type: ignore[arg-type]
        return Answer(answer.status, answer.headers, answer.body.replace(b"%PDF-1.7", b"%PDF-1.8"))

    monkeypatch.setattr(dicom_sending.Connection, "request", altered)
    with pytest.raises(ExchangeError, match="gave back another PDF"):
        send_dicom(content, server, way=way)


def test_the_wrong_way_for_an_archive_is_told(
    orthanc: str, dicomweb: str, report: Report, state: DocumentState, identity: Identity
) -> None:
    content = encapsulated_pdf(PDFS[0], report, state, identity=identity)
    with pytest.raises(ExchangeError, match="the archive refused the document with 4"):
        send_dicom(content, archive(orthanc), way="dicomweb")
    with pytest.raises(ExchangeError, match="the archive refused the document with 4"):
        send_dicom(content, archive(dicomweb), way="orthanc")


def test_nothing_is_sent_that_is_no_document() -> None:
    with pytest.raises(InputError, match="this is no DICOM file"):
        send_dicom(b"not DICOM", Server("https://a.org"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(409, {},
                b'{"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [49442]}}]}}'),
         "failure reason C122"),
        (Answer(409, {}, b'{"00081198": {"vr": "SQ", "Value": 3}}'), "it gave no reason"),
        (Answer(400, {}, b'{"Message": "Bad file format"}'), "Bad file format"),
        (Answer(502, {}, b"<html>"), "<html>"),
        (Answer(500, {}, b""), "it gave no reason"),
    ],
)  # fmt: skip
def test_reasons_of_archives(answer: Answer, said: str) -> None:
    assert dicom_sending._reason(answer) == said


def test_an_answer_that_was_cut_off_is_told() -> None:
    headers = {"content-type": 'multipart/related; type="application/dicom"; boundary=abc'}
    whole = b"--abc\r\nContent-Type: application/dicom\r\n\r\nthe\r\n\r\nfile\r\n--abc--\r\n"
    assert dicom_sending._first_part(Answer(200, headers, whole)) == b"the\r\n\r\nfile"
    with pytest.raises(ExchangeError, match="cut off"):
        dicom_sending._first_part(Answer(200, headers, whole[:40]))
