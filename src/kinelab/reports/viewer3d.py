"""The 3D view of a marker trial: one HTML file that opens without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from kinelab.reports.colours import SIDE_HEX
from kinelab.reports.html import template
from kinelab.reports.viewer_scene import Moving, packed, scene


def viewer_html(result: Moving, title: str, facts: Sequence[str] = ()) -> str:
    """The page: skeleton as sticks, the model's and the measured markers, residuals, time line.

    facts are short lines of text under the title (subject, model). Drawn on a plain canvas by the page's own
    script; no library and no network is needed. Long trials are thinned out to some 4 MB.
    """
    view = scene(result)
    error_mm = 1000 * result.marker_error_m[:: view.step]
    known = np.isfinite(error_mm)
    data = {
        "shapes": [{"body": s.body, "points": s.points, "side": s.side} for s in view.shapes],
        "frames": int(view.time_s.size),
        "step": view.step,
        "time": np.round(view.time_s, 4).tolist(),
        "points": {"n": view.points.shape[1], "data": packed(view.points - view.origin_m)},
        "measured": {"n": view.measured.shape[1], "data": packed(view.measured - view.origin_m)},
        "model": {"n": view.model.shape[1], "data": packed(view.model - view.origin_m)},
        "names": list(result.markers.skeleton.landmarks),
        "used": known.any(axis=0).tolist(),
        "colours": {"l": SIDE_HEX["left"], "r": SIDE_HEX["right"]},
    }
    return template("viewer.html").render(
        title=title, facts=list(facts), data=_script_json(data), step=view.step
    )


def _script_json(data: object) -> Markup:
    """JSON that may stand inside a script element, whatever the names in it are."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no character is left that could end the element
