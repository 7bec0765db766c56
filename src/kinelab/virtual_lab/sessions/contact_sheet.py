"""One picture that shows what a study holds: a preview of each trial with who and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.session import SESSION_FILE, Session, read_session

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFont import FreeTypeFont, ImageFont

PREVIEW_FILE = "preview.jpg"
_MOST = 48  # previews on a sheet: more cannot be looked at
_WIDTH_PX, _ROW_PX, _CAPTION_PX, _HEADING_PX, _GAP_PX = 2400, 300, 46, 50, 10
_TALLEST = 1.4  # of a row, over the usual height, to fill the width
_PAPER, _INK, _QUIET = (250, 250, 248), (28, 34, 40), (110, 118, 126)


@dataclass(frozen=True)
class _Tile:
    """A preview's file, its width over its height, and two lines on it."""

    path: Path
    shape: float
    caption: tuple[str, str]


def draw_contact_sheet(study: Path, path: Path, title: str) -> Path:
    """Draw the previews of a study's trials, evenly chosen where there are many, and write them as one JPEG.

    title heads the sheet, not the folder's name: the same study in another folder is the same to the byte.

    Raises:
        InputError: the study holds no trial with a preview.
        FileFormatError: a trial's session.json is damaged.
        OutputError: the file cannot be written.
    """
    from PIL import Image as Pictures
    from PIL import ImageDraw

    trials = sorted(file.parent for file in study.rglob(f"[!.]*/{SESSION_FILE}") if _has_preview(file.parent))
    if not trials:
        raise InputError(f"{study} holds no trial with a {PREVIEW_FILE}; make one with `kinelab lab make`")
    n = min(_MOST, len(trials))
    rows = _rows([_tile(trials[i * len(trials) // n]) for i in range(n)])
    heights = [_row_height_px(row) for row in rows]
    height_px = _HEADING_PX + sum(height + _CAPTION_PX + _GAP_PX for height in heights)
    sheet = Pictures.new("RGB", (_WIDTH_PX, height_px), _PAPER)
    shown = f"{n} of {len(trials)} trials" if n < len(trials) else f"{n} trial{'s' if n > 1 else ''}"
    heading = f"{title}: {shown}. Synthetic: nobody was recorded."
    ImageDraw.Draw(sheet).text((_GAP_PX, _GAP_PX), heading, fill=_INK, font=_font(22))
    top = _HEADING_PX
    for row, height in zip(rows, heights, strict=True):
        _draw_row(sheet, row, top, height)
        top += height + _CAPTION_PX + _GAP_PX
    with atomic_path(path) as temporary:
        sheet.save(temporary, quality=88)
    return path


def _has_preview(trial: Path) -> bool:
    return (trial / PREVIEW_FILE).is_file()


def _tile(trial: Path) -> _Tile:
    from PIL import Image as Pictures

    with Pictures.open(trial / PREVIEW_FILE) as opened:
        shape = opened.width / opened.height
    return _Tile(trial / PREVIEW_FILE, shape, caption(read_session(trial)))


def caption(session: Session) -> tuple[str, str]:
    """What was done, with pattern, dose and side; who did it, and which trial of which day it was."""
    labels, subject = session.labels, session.subject
    done = [str(labels.get("movement", "")).replace("_", " ")]
    if labels.get("dose"):  # 0: one of those who do not have it
        pattern = str(labels["pattern"]).replace("_", " ")
        done += [pattern, f"dose {labels['dose']:.2f}", str(labels["affected"])]
    who = [
        f"day {labels['day']} trial {labels['trial']}" if {"day", "trial"} <= labels.keys() else "",
        subject.sex or "",
        f"{labels['age_years']:.0f} y" if "age_years" in labels else "",
        f"{subject.height_m:.2f} m" if subject.height_m else "",
        f"{subject.mass_kg:.0f} kg" if subject.mass_kg else "",
    ]
    return f"{subject.id}  " + ", ".join(filter(None, done)), ", ".join(filter(None, who))


def _rows(tiles: list[_Tile]) -> list[list[_Tile]]:
    """As many tiles in each row as fit at the usual height."""
    rows: list[list[_Tile]] = [[]]
    for tile in tiles:
        if rows[-1] and _free_px([*rows[-1], tile]) < sum(one.shape for one in (*rows[-1], tile)) * _ROW_PX:
            rows.append([])
        rows[-1].append(tile)
    return rows


def _row_height_px(row: list[_Tile]) -> int:
    """Height at which the row fills the sheet's width, within reason."""
    return min(int(_free_px(row) / sum(tile.shape for tile in row)), round(_TALLEST * _ROW_PX))


def _free_px(row: list[_Tile]) -> int:
    return _WIDTH_PX - (len(row) + 1) * _GAP_PX


def _draw_row(sheet: Picture, row: list[_Tile], top: int, height: int) -> None:
    from PIL import Image as Pictures
    from PIL import ImageDraw

    pen = ImageDraw.Draw(sheet)
    left = float(_GAP_PX)
    for tile in row:
        width = tile.shape * height
        with Pictures.open(tile.path) as opened:
            size = (max(1, round(width)), height)
            picture = opened.convert("RGB").resize(size, Pictures.Resampling.LANCZOS)
        sheet.paste(picture, (round(left), top))
        for down, text, colour, letters_px in (
            (4, tile.caption[0], _INK, 15),
            (24, tile.caption[1], _QUIET, 13),
        ):
            pen.text(
                (round(left), top + height + down), _cut(text, width, letters_px), colour, _font(letters_px)
            )
        left += width + _GAP_PX


def _cut(text: str, width_px: float, letters_px: int) -> str:
    """The text, or as much of it as fits."""
    font = _font(letters_px)
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(text + "...") > width_px:
        text = text[:-1]
    return text + "..."


def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
