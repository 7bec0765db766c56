"""How soon the review page answers a hand: a drag is drawn, stored, and in the measures; in a real browser.

    python benchmarks/clinic_review.py --quick --out review.json
    python benchmarks/clinic_review.py --rounds 300 --out review.json
    python benchmarks/clinic_review.py --database postgresql+psycopg://... --out review.json

A virtual walker (synthetic) is filmed and analysed by a clinic of its own on this computer (`kinelab clinic
serve` with one worker), then a browser without a window drags events and landmarks to and fro with the mouse.
Times are the page's own marks, from the moment at which the button is let go: drawn = the next picture of the
screen is ready, stored = the server has acknowledged it, foreseen = the measures of the new state are shown.
Then the curves of a walk of --seconds are zoomed and panned (see clinic_review_view.py).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from rich.console import Console

from kinelab.files.atomic import write_text
from kinelab.pipeline.demo import SESSION, demo
from kinelab.pipeline.progress import progress

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "clinic" / "web"))
from clinic_review_view import LIMIT_MS as VIEW_LIMIT_MS
from clinic_review_view import lay_angles, long_walk, view_steps
from served import CHROMIUM, Caller, Served, Visit, make_people  # the tests' own clinic

LIMIT_MS = 100.0
ENTRIES = "performance.getEntriesByType('measure').map((m) => [m.name.slice(8), m.detail, m.duration])"


def measure(
    page: Page, said: dict[str, Any], marks: dict[str, Any], rounds: int, seed: int, console: Console
) -> list[tuple[str, str, float]]:
    """(what, kind of correction, ms) of every drag."""
    chance = random.Random(seed)
    with progress("dragging", rounds, console) as advance:
        for i in range(rounds):
            if i % 4 == 3:
                drag_landmark(page, chance, marks, said["review"]["video"]["width_px"])
            else:
                drag_event(page, chance, i)
            page.wait_for_selector(".kr-saved[data-word=saved]")
            page.wait_for_selector(".kr-measures:not([data-waiting])")
            advance(i + 1)
    return [(what, kind, ms) for what, kind, ms in page.evaluate(ENTRIES)]


def drag_event(page: Page, chance: random.Random, i: int) -> None:
    """Some frames on, and the next time back."""
    handles = page.locator(".kr-event:visible")
    box = handles.nth(i // 2 % handles.count()).bounding_box()
    assert box is not None
    way = chance.randint(6, 14) * (1 if i % 2 else -1)
    move(page, box["x"] + box["width"] / 2, box["y"] + 9, way, 0)


def drag_landmark(page: Page, chance: random.Random, marks: dict[str, Any], width_px: int) -> None:
    """A knee or an ankle, somewhere in the middle of the film, by a few pixels."""
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    frame = 10 * chance.randint(6, 18)
    for _ in range(frame // 10):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector(f".kr-film[data-shown='{frame}']")
    box = page.locator(".kr-film video").bounding_box()
    assert box is not None
    k = marks["names"].index(chance.choice(["right_knee", "right_ankle", "left_knee"]))
    at = [(marks[axis][frame][k] + 0.5) * box["width"] / width_px for axis in ("x_px", "y_px")]
    move(page, box["x"] + at[0], box["y"] + at[1], chance.uniform(5, 9), chance.uniform(-4, 4))


def move(page: Page, x: float, y: float, dx: float, dy: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up()


def summary(entries: list[tuple[str, str, float]]) -> dict[str, Any]:
    """Quantiles by what was waited for and by kind of correction."""
    found: dict[str, Any] = {}
    for what, kind in sorted({(what, kind) for what, kind, _ in entries}):
        ms = np.array([t for w, k, t in entries if (w, k) == (what, kind)])
        p50, p95 = np.percentile(ms, [50, 95])
        found[f"{what} {kind}"] = {
            "n": len(ms), "p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "worst_ms": round(ms.max(), 1)
        }  # fmt: skip
    return found


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the figures")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the walk that is zoomed and panned")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="24 rounds")
    parser.add_argument("--database", help="address of an empty PostgreSQL database (default: SQLite)")
    args = parser.parse_args()
    rounds, console = 24 if args.quick else args.rounds, Console(stderr=True)
    with tempfile.TemporaryDirectory() as scratch:
        demo(Path(scratch) / "walk", args.seed, quick=True, console=console)
        data = Path(scratch) / "clinic"
        with Served(data, args.database) as server, sync_playwright() as playwright:
            make_people(server.address, ("anna", "clinician"))
            anna = Caller(server.address, "anna")
            patient = anna.post("/patients", code="P-0001", height_m=1.76)["id"]
            film = Path(scratch) / "walk" / SESSION / "video.mp4"
            visit = anna.analysed(patient, film, pose="gait20", detect_every=5)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            reader = Visit(browser)
            reader.enter(server.address, "anna")
            page = reader.page()
            page.goto(f"{server.address}/visits/{visit}/review")
            page.wait_for_selector("body[data-ready]")
            said = anna.get(f"/visits/{visit}/review")
            marks = anna.get(f"/results/{said['machine_result_id']}/files/landmarks.json")
            found = summary(measure(page, said, marks, rounds, args.seed, console))
            refused = page.locator(".kr-said[data-kind=warning]").count()
            page.close()
            long = long_walk(anna, patient, args.seconds, Path(scratch))
            page = reader.page()
            lay_angles(page, long, args.seconds, said["review"]["norm_bands"])
            page.goto(f"{server.address}/visits/{long}/review")
            page.wait_for_selector("body[data-ready]")
            view = view_steps(page, 60 if args.quick else 240)
            browser.close()
            anna.close()
    stored = [row for name, row in found.items() if name.startswith(("stored", "drawn"))]
    result = {
        "rounds": rounds, "store": "postgresql" if args.database else "sqlite", "refused": refused,
        "load_1min": os.getloadavg()[0], "limit_p95_ms": LIMIT_MS,
        "kept": all(row["p95_ms"] <= LIMIT_MS for row in stored), "times": found,
        "view_seconds": args.seconds, "view_limit_p95_ms": VIEW_LIMIT_MS,
        "view_kept": all(row["p95_ms"] <= VIEW_LIMIT_MS for row in view.values()), "view": view,
    }  # fmt: skip
    write_text(args.out, json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
