"""What a file is by its first bytes, and whether it is that alone: a file of two kinds at once is refused."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from kinelab.clinic.store.files import said_bytes
from kinelab.clinic.uploads.limits import UploadLimits
from kinelab.errors import InputError

Family = Literal["mp4", "matroska", "avi", "c3d", "hdf5", "npz", "text"]
_HEAD_BYTES = 65536
# The parts that a file of the mp4/mov family may begin with, and those that it is made of (ISO/IEC 14496-12,
# QuickTime File Format); anything else at the top is a stowaway.
_ATOMS = frozenset(
    (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"moof", b"mfra", b"sidx", b"styp",
     b"meta", b"pdin", b"pnot", b"udta", b"PICT", b"emsg", b"prft", b"ssix")
)  # fmt: skip
_FIRST_ATOMS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_EBML, _RIFF, _HDF5, _ZIP = b"\x1a\x45\xdf\xa3", b"RIFF", b"\x89HDF\r\n\x1a\n", b"PK"
_C3D_MARK, _C3D_BLOCK = 0x50, 512
_C3D_PROCESSORS = (84, 85, 86)
# What a browser, a viewer or a shell would take for a page or a program if it stands near the beginning.
_ACTIVE = re.compile(
    rb"<\s*(!doctype|html|head|body|script|iframe|object|embed|svg|img|meta|link|style)\b|%PDF-|<\?php",
    re.IGNORECASE,
)
# OpenSim's own XML has bodies and meshes; what a browser would run it has not.
_ACTIVE_XML = re.compile(rb"<\s*(html|script|svg|iframe|object|embed)\b", re.IGNORECASE)
_ACTIVE_BYTES = 4096
_KNOWN = (
    "a video (mp4, mov, mkv, webm, avi), markers (.c3d, .trc), angles (.mot, .sto), worn sensors' files,"
    " or a mapping file of sensors (.toml, .json, .xml)"
)
_OTHERS = (
    (b"GIF8", "a GIF picture"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"), (b"MZ", "a program"), (b"#!", "a script"), (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"), (b"\x1f\x8b", "an archive"), (b"\x80\x04", "a Python pickle"),
)  # fmt: skip


@dataclass(frozen=True)
class Sniffed:
    """family: what reads it; suffix: by what readers know it."""

    family: Family
    suffix: str


def sniff(path: Path, limits: UploadLimits) -> Sniffed:
    """What the bytes are. Nothing is decoded yet.

    Raises:
        InputError: empty, cut off, of no known kind, of two kinds at once, or larger than its kind may be.
    """
    n_bytes = path.stat().st_size
    if n_bytes == 0:
        raise InputError("the file is empty (0 bytes); copy it again from the device")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        found = _family(file, head, n_bytes, limits)
    if found.family not in ("mp4", "matroska", "avi") and n_bytes > limits.table_bytes:
        raise InputError(
            f"the file is larger than {said_bytes(limits.table_bytes)}, the most for what is no video"
        )
    harmful = _ACTIVE_XML if found.suffix == ".xml" else _ACTIVE
    if active := harmful.search(head[:_ACTIVE_BYTES]):
        shown = active.group().decode("ascii", "replace").strip("<% ?!")
        raise InputError(
            f"the file holds a page or a program ({shown}) in its beginning; send the recording alone"
        )
    if found.family != "npz" and zipfile.is_zipfile(path):
        raise InputError(
            "the file is an archive as well; a file of two kinds is not taken: send the recording alone"
        )
    return found


def _family(file: BinaryIO, head: bytes, n_bytes: int, limits: UploadLimits) -> Sniffed:
    if head[4:8] in _FIRST_ATOMS:
        _check_atoms(file, n_bytes)
        return Sniffed("mp4", ".mov" if head[8:12] == b"qt  " or head[4:8] != b"ftyp" else ".mp4")
    if head.startswith(_EBML):
        return Sniffed("matroska", ".webm" if b"webm" in head[:64] else ".mkv")
    if head.startswith(_RIFF) and head[8:12] == b"AVI ":
        _check_riff(file, n_bytes)
        return Sniffed("avi", ".avi")
    if _is_c3d(file, head):
        return Sniffed("c3d", ".c3d")
    if head.startswith(_HDF5):
        return Sniffed("hdf5", ".nc")
    if head.startswith(_ZIP):
        _check_npz(file, limits)
        return Sniffed("npz", ".npz")
    for mark, name in _OTHERS:
        if head.startswith(mark):
            raise InputError(f"the file is {name}; give {_KNOWN}")
    if b"\x00" in head:
        raise InputError(f"the file is of no kind that is known here; give {_KNOWN}")
    return Sniffed("text", _text_suffix(head))


def _text_suffix(head: bytes) -> str:
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text.startswith("PathFileType"):
        return ".trc"
    if re.search(r"^\s*endheader\s*$", text, re.IGNORECASE | re.MULTILINE):
        return ".sto" if "datatype=quaternion" in text.lower() else ".mot"
    if text.startswith(("<?xml", "<OpenSim")):
        return ".xml"
    if text.startswith("{"):
        return ".json"
    if re.search(r"^\s*\[sensors\.", text, re.MULTILINE) or re.match(
        r"(acc_unit|gyr_unit|mag_unit|rate_hz)\s*=", text
    ):
        return ".toml"
    first = next((line for line in text.splitlines() if not line.startswith("//")), "")
    return ".csv" if "," in first or ";" in first else ".txt"


def _check_atoms(file: BinaryIO, n_bytes: int) -> None:
    """The parts of an mp4 or mov, one after the other, end where the file ends."""
    at = 0
    while at < n_bytes:
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0 and kind == b"mdat":
            return  # until the end of the file
        if size < 8 or kind not in _ATOMS:
            raise InputError(
                f"the file is a video with something else in it, from byte {at} on; send the recording alone,"
                " as the camera wrote it"
            )
        at += size
    if at > n_bytes:
        raise InputError(
            f"the video is cut off: its last part ends {said_bytes(at - n_bytes)} after the end of the file;"
            " copy it again from the camera"
        )


def _check_riff(file: BinaryIO, n_bytes: int) -> None:
    """The parts of an avi (several for more than 1 GiB) end where the file ends; a byte may fill up."""
    at = 0
    while at < n_bytes - 1:
        file.seek(at)
        head = file.read(12)
        if head[:4] not in (_RIFF, b"JUNK", b"idx1"):
            raise InputError(
                f"the file is a video with something else in it, from byte {at} on; send it alone"
            )
        size = int.from_bytes(head[4:8], "little") + 8
        at += size + size % 2
    if at > n_bytes + 1:
        raise InputError(
            f"the video is cut off, {said_bytes(at - n_bytes)} are missing; copy it again from the camera"
        )


def _is_c3d(file: BinaryIO, head: bytes) -> bool:
    """Byte 2 is the mark, and byte 1 leads to parameters that name a kind of processor (C3D user guide)."""
    if len(head) < _C3D_BLOCK or head[1] != _C3D_MARK or head[0] == 0:
        return False
    file.seek((head[0] - 1) * _C3D_BLOCK)
    parameters = file.read(4)
    return len(parameters) == 4 and parameters[3] in _C3D_PROCESSORS


def _check_npz(file: BinaryIO, limits: UploadLimits) -> None:
    """An archive is taken only if it is an npz: arrays, few, not packed too tight, nothing before them."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InputError(
            "the file is an archive that is damaged or cut off; send the recordings one by one"
        ) from None
    others = [
        entry.filename for entry in entries if not entry.filename.endswith(".npy") or "/" in entry.filename
    ]
    if others or not entries:
        raise InputError("the file is an archive; unpack it and send the recordings one by one")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes or len(entries) > limits.max_entries:
        raise InputError(
            f"the archive would unpack to {said_bytes(unpacked)} in {len(entries)} arrays; allowed are"
            f" {said_bytes(limits.unpacked_bytes)} in {limits.max_entries}"
        )
    if min(entry.header_offset for entry in entries) != 0:
        raise InputError("something stands before the arrays of the file; send the recording alone")
