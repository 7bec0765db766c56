"""A DICOM file to an archive by HTTP, read back and compared: STOW-RS (PS3.18), or Orthanc's own REST."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from kinelab.errors import ExchangeError, InputError
from kinelab.exchange.connection import Answer, Connection, Server
from kinelab.exchange.decimal_json import from_json
from kinelab.exchange.dicom import extracted_pdf

Way = Literal["dicomweb", "orthanc"]
DICOM_TYPE = "application/dicom"
_FAILED_SEQUENCE, _FAILURE_REASON = "00081198", "00081197"


@dataclass(frozen=True)
class StoredDocument:
    """What the archive holds: UIDs, and how many bytes of the PDF were compared when it was read back."""

    study: str
    series: str
    instance: str
    bytes_compared: int


def send_dicom(content: bytes, archive: Server, *, way: Way = "dicomweb") -> StoredDocument:
    """Store a file of `dicom.encapsulated_pdf`, read it back, compare its PDF byte for byte.

    archive.url: the root of the DICOMweb services (`https://host/dicom-web`), or of Orthanc's REST. Storing
    the same file again changes nothing: archives know it by its UID.

    Raises:
        InputError: the address is refused, or this is no DICOM file with a document in it.
        ExchangeError: not reached, refused (with the archive's reason), or what came back differs.
    """
    from pydicom import dcmread

    pdf = extracted_pdf(content)
    data = dcmread(io.BytesIO(content))
    stored = StoredDocument(
        str(data.StudyInstanceUID),
        str(data.SeriesInstanceUID),
        str(data.SOPInstanceUID),
        len(pdf),
    )
    with Connection(archive) as connection:
        back = (
            _by_dicomweb(connection, content, stored)
            if way == "dicomweb"
            else _by_orthanc(connection, content)
        )
    if extracted_pdf(back) != pdf:
        raise ExchangeError(f"the archive gave back another PDF for {stored.instance} than was sent")
    return stored


def _by_dicomweb(connection: Connection, content: bytes, stored: StoredDocument) -> bytes:
    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Type: {DICOM_TYPE}\r\n\r\n".encode()
    kind = f'multipart/related; type="{DICOM_TYPE}"'
    answer = connection.request(
        "POST",
        "/studies",
        body=head + content + f"\r\n--{boundary}--\r\n".encode(),
        headers={"Content-Type": f"{kind}; boundary={boundary}", "Accept": "application/dicom+json"},
    )
    if answer.status not in (200, 202):
        raise answer.refused(f"the archive refused the document with {answer.status}: {_reason(answer)}")
    path = f"/studies/{stored.study}/series/{stored.series}/instances/{stored.instance}"
    back = connection.request("GET", path, headers={"Accept": f"{kind}; transfer-syntax=*"}, again=True)
    if back.status != 200:
        raise back.refused(f"the archive took the document but gives {back.status} for it: {_reason(back)}")
    return _first_part(back)


def _by_orthanc(connection: Connection, content: bytes) -> bytes:
    answer = connection.request("POST", "/instances", body=content, headers={"Content-Type": DICOM_TYPE})
    if answer.status != 200:
        raise answer.refused(f"the archive refused the document with {answer.status}: {_reason(answer)}")
    said = _json(answer)
    own = said.get("ID") if isinstance(said, dict) else None
    if not isinstance(own, str) or not own.replace("-", "").isalnum():
        raise ExchangeError("the archive answered without an ID; is this Orthanc's REST, not its DICOMweb?")
    back = connection.request("GET", f"/instances/{own}/file", again=True)
    if back.status != 200:
        raise back.refused(f"the archive took the document but gives {back.status} for it: {_reason(back)}")
    return back.body


def _first_part(answer: Answer) -> bytes:
    """The first part of a multipart answer; the body itself where it is none."""
    from email.message import Message

    header = Message()
    header["Content-Type"] = answer.headers.get("content-type", "")
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str):
        return answer.body
    parts = (b"\r\n" + answer.body).split(b"\r\n--" + boundary.encode())
    if len(parts) < 3:
        raise ExchangeError("the archive's answer has no part in it; it was cut off")
    _, _, content = parts[1].partition(b"\r\n\r\n")
    return content


def _reason(answer: Answer) -> str:
    """The archive's words; of STOW-RS the failure reason in hexadecimal, as PS3.18 lists it."""
    text = answer.text.strip()
    said = _json(answer)
    said = said[0] if isinstance(said, list) and said else said
    if not isinstance(said, dict):
        return text[:200] or "it gave no reason"
    try:
        code = said[_FAILED_SEQUENCE]["Value"][0][_FAILURE_REASON]["Value"][0]
    except (LookupError, TypeError):
        code = None
    if isinstance(code, int):
        return f"failure reason {code:04X}"
    return str(said.get("Details") or said.get("Message") or "it gave no reason")


def _json(answer: Answer) -> Any:
    """The answer's JSON; None where it is none."""
    try:
        return from_json(answer.text)
    except InputError:
        return None
