"""A picture of all persons found in a video, so that a user sees whom the analysis is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from kinelab.detection.person_track import THUMBNAIL_PX, PersonTrack
from kinelab.files.atomic import atomic_path

_MARGIN, _GAP, _TITLE, _CAPTION = 28, 24, 62, 76
_COLUMNS = 6
_INK, _GREY, _PAPER, _FRAME = "#1b2733", "#5d6b78", "#ffffff", "#0b6e4f"


def contact_sheet(tracks: Sequence[PersonTrack], chosen: PersonTrack | None, path: str | Path) -> None:
    """Write a PNG with one thumbnail a person: id, time span, way to the side; the chosen one is framed.

    Raises:
        OutputError: the file cannot be written.
    """
    width, height = THUMBNAIL_PX
    columns = min(max(len(tracks), 1), _COLUMNS)
    rows = max(-(-len(tracks) // columns), 1)
    sheet_size = (
        max(2 * _MARGIN + columns * width + (columns - 1) * _GAP, 560),
        _TITLE + rows * (height + _CAPTION) + _MARGIN,
    )
    sheet = Image.new("RGB", sheet_size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, 20), _title(tracks, chosen), font=_font(20), fill=_INK)
    for i, track in enumerate(tracks):
        x = _MARGIN + (i % columns) * (width + _GAP)
        y = _TITLE + (i // columns) * (height + _CAPTION)
        _card(sheet, draw, (x, y), track, chosen is not None and track.id == chosen.id)
    with atomic_path(path) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)


def _card(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, place: tuple[int, int], track: PersonTrack, framed: bool
) -> None:
    x, y = place
    width, height = THUMBNAIL_PX
    sheet.paste(Image.fromarray(track.thumbnail), place)
    if framed:
        draw.rectangle((x - 5, y - 5, x + width + 4, y + height + 4), outline=_FRAME, width=5)
    name = f"Person {track.id}" + (" - analysed" if framed else "")
    draw.text((x, y + height + 9), name, font=_font(17), fill=_FRAME if framed else _INK)
    span = f"{track.time_s[0]:.1f} to {track.time_s[-1]:.1f} s"
    draw.text((x, y + height + 32), span, font=_font(13), fill=_GREY)
    draw.text((x, y + height + 49), f"moves {track.travel:.1f} body heights", font=_font(13), fill=_GREY)


def _title(tracks: Sequence[PersonTrack], chosen: PersonTrack | None) -> str:
    if not tracks:
        return "No person was found in this video"
    count = "1 person" if len(tracks) == 1 else f"{len(tracks)} persons"
    return f"{count} found" + (f"; person {chosen.id} is analysed" if chosen is not None else "")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
