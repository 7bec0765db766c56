"""The page on which a clinician reviews a visit's result.

The page itself is static/review/*.js: the film, the curves and the drags must answer at once. Here is only
the frame around it. What it shows and stores goes through the API, which asks each time who may do what.
"""

from __future__ import annotations

from html import escape

from fastapi import Request
from nicegui import ui

from kinelab.clinic.store.database import Database
from kinelab.clinic.web.layout import frame
from kinelab.core.quantities import QUANTITIES


def add(database: Database) -> None:
    """Declare the page at /visits/{visit_id}/review."""

    @ui.page("/visits/{visit_id}/review")
    def review(request: Request, visit_id: str) -> None:
        ui.add_head_html('<link rel="stylesheet" href="/static/review/review.css">')
        ui.add_body_html('<script type="module" src="/static/review/review.js"></script>')
        with frame(database, request, "Review", wide=True):
            keys = ",".join(name for name, row in QUANTITIES.items() if row.key)
            ui.element("div").props(f'id=review data-visit="{escape(visit_id)}" data-keys="{keys}"')
