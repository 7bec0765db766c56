"""A report's PDF as a DICOM file: Encapsulated PDF Storage (PS3.3 A.45.1, C.24)."""

from __future__ import annotations

import hashlib
import io
import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING

from kinelab.core.report import Report
from kinelab.errors import InputError, MissingExtraError
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.systems import ROOT

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

DICOM_FILE = "report.dcm"
SOP_CLASS = "1.2.840.10008.5.1.4.1.1.104.1"  # Encapsulated PDF Storage
_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_SEX = {"female": "F", "male": "M", "other": "O"}
_LONGEST_TEXT = 64  # of LO and ST values as archives index them
SYNTHETIC = "Synthetic data: no real person was recorded"


def encapsulated_pdf(pdf: bytes, report: Report, state: DocumentState, *, identity: Identity) -> bytes:
    """A DICOM Part 10 file with the PDF in it; equal arguments give equal bytes.

    PatientID is the pseudonym, PatientName is empty. The UIDs follow from the document: its versions are one
    study and one series, InstanceNumber is the version. The study's UID is `2.25.` and the UUID by which the
    FHIR DiagnosticReport is known. DICOM pads values to an even length: EncapsulatedDocumentLength tells the
    true one.

    Raises:
        InputError: not a PDF, or a pseudonym that is too long for DICOM.
        MissingExtraError: pydicom is not installed.
    """
    try:
        from pydicom.dataset import FileDataset, FileMetaDataset
        from pydicom.uid import UID
    except ImportError as error:
        raise MissingExtraError("writing DICOM", "exchange") from error
    if not pdf.startswith(b"%PDF-"):
        raise InputError(f"it begins with {pdf[:8]!r}, so it is no PDF; make one with `kinelab report`")
    if len(identity.patient) > _LONGEST_TEXT or "\\" in identity.patient:
        raise InputError(
            f"the pseudonym {identity.patient!r} is no PatientID: up to {_LONGEST_TEXT} letters, no backslash"
        )
    header = FileMetaDataset()
    header.MediaStorageSOPClassUID = UID(SOP_CLASS)
    header.MediaStorageSOPInstanceUID = UID(instance_uid(pdf, state, identity))
    header.TransferSyntaxUID = UID(_EXPLICIT_LITTLE)
    header.ImplementationClassUID = UID(f"{ROOT}.13")
    data = FileDataset(io.BytesIO(), {}, file_meta=header, preamble=b"\0" * 128)
    _person_and_study(data, report, state, identity)
    _document(data, pdf, report, state, identity)
    content = io.BytesIO()
    data.save_as(content, enforce_file_format=True)
    return content.getvalue()


def instance_uid(pdf: bytes, state: DocumentState, identity: Identity) -> str:
    """SOP Instance UID: another PDF of the same version is another instance."""
    said = f"dicom {state.version} {state.status} {state.issued} {hashlib.sha256(pdf).hexdigest()}"
    return _uid(identity.part(said))


def extracted_pdf(content: bytes) -> bytes:
    """The PDF of a file of `encapsulated_pdf`, without padding.

    Raises:
        InputError: not DICOM, or no PDF in it.
    """
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        data = dcmread(io.BytesIO(content))
    except InvalidDicomError as error:
        raise InputError(f"this is no DICOM file ({error})") from error
    if "EncapsulatedDocument" not in data:
        raise InputError(
            f"this DICOM file holds no document; its class is {data.get('SOPClassUID', 'unknown')}"
        )
    held = bytes(data.EncapsulatedDocument)
    return held[: int(data.get("EncapsulatedDocumentLength", len(held)))]


def _person_and_study(data: FileDataset, report: Report, state: DocumentState, identity: Identity) -> None:
    made = datetime.fromisoformat(state.issued)
    recorded = None if identity.recorded is None else datetime.fromisoformat(identity.recorded)
    synthetic = report.provenance.synthetic
    data.SpecificCharacterSet = "ISO_IR 192"
    data.TimezoneOffsetFromUTC = f"{made:%z}"
    data.SOPClassUID = SOP_CLASS
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID
    data.PatientName = ""
    data.PatientID = identity.patient
    data.PatientBirthDate = ""
    data.PatientSex = _SEX.get(report.subject.sex or "", "")
    if synthetic:
        data.PatientComments = SYNTHETIC
    data.StudyInstanceUID = _uid(identity.uuid)
    data.StudyDate = "" if recorded is None else _date(recorded)
    data.StudyTime = "" if recorded is None or "T" not in str(identity.recorded) else f"{recorded:%H%M%S}"
    data.StudyID = str(identity.uuid)[:16]
    data.AccessionNumber = ""
    data.ReferringPhysicianName = ""
    data.StudyDescription = (
        f"{report.title} (synthetic)"[:_LONGEST_TEXT] if synthetic else report.title[:_LONGEST_TEXT]
    )
    data.Modality = "DOC"
    data.SeriesInstanceUID = _uid(identity.part("series"))
    data.SeriesNumber = 1
    data.SeriesDescription = "Movement analysis report"
    data.Manufacturer = "kinelab"
    data.ManufacturerModelName = "kinelab"
    data.SoftwareVersions = report.provenance.kinelab_version or "unknown"
    data.ConversionType = "WSD"


def _document(
    data: FileDataset, pdf: bytes, report: Report, state: DocumentState, identity: Identity
) -> None:
    made = datetime.fromisoformat(state.issued)
    seen = "NO" if report.provenance.synthetic else "YES"
    data.InstanceNumber = state.version
    data.ContentDate = _date(made)
    data.ContentTime = f"{made:%H%M%S}"
    data.AcquisitionDateTime = "" if identity.recorded is None else _moment(identity.recorded)
    # The pages may show the person: the pseudonym alone does not make them anonymous.
    data.BurnedInAnnotation = seen
    data.RecognizableVisualFeatures = seen
    data.DocumentTitle = f"{report.title}, version {state.version}, {state.status}"
    data.ConceptNameCodeSequence = []
    data.VerificationFlag = "UNVERIFIED" if state.status == "preliminary" else "VERIFIED"
    data.MIMETypeOfEncapsulatedDocument = "application/pdf"
    data.EncapsulatedDocument = pdf
    data.EncapsulatedDocumentLength = len(pdf)


def _uid(of: uuid.UUID) -> str:
    """A UID from a UUID (PS3.5 B.2)."""
    return f"2.25.{of.int}"


def _date(day: date) -> str:
    return f"{day:%Y%m%d}"


def _moment(recorded: str) -> str:
    when = datetime.fromisoformat(recorded)
    return f"{when:%Y%m%d%H%M%S%z}" if "T" in recorded else f"{when:%Y%m%d}"
