"""How soon the list of 10,000 patients is there, in a real browser.

    python benchmarks/clinic_list.py [--out list.json] [--patients 10000] [--loads 50]
                                     [--database URL | --postgres] [--seed 0] [--quick]

The clinic of clinic_load.py (synthetic patients), its server on this computer, and a Chromium without a
window. Each load is a new page; every fifth is in a new browser profile, whose cache is empty. Time: from the
start of the navigation, by the page's own clock, to the next picture after the rows are there and the page
can be used (its order can be changed, the server hears it).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from clinic_load import a_run, fill, postgres, served
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlalchemy import select

from kinelab.clinic.accounts import logins
from kinelab.clinic.opening import open_house
from kinelab.clinic.store.tables import User
from kinelab.files.atomic import write_text

CHROMIUM = "/usr/bin/chromium"
_COLD_EVERY = 5
_ROWS = 25
# Vue has taken over when the order's field has its own markup; then one more picture is drawn.
_THERE = f"""() => document.querySelectorAll('a[href^="/patients/"]').length >= {_ROWS}
  && document.querySelector('.q-select') && window.socket?.connected"""
_NOW = "() => new Promise((done) => requestAnimationFrame(() => done(performance.now())))"


def seated(browser: Browser, address: str, secret: str) -> BrowserContext:
    """A browser profile of its own in which the person is logged in."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    host = urlsplit(address).hostname or ""
    context.add_cookies([{"name": "kinelab_login", "value": secret, "domain": host, "path": "/"}])
    return context


def measure(address: str, secret: str, loads: int) -> tuple[list[float], list[float]]:
    """Times (ms) of loads with an empty cache, and of the others."""
    cold: list[float] = []
    warm: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = seated(browser, address, secret)
        for load in range(loads):
            is_cold = load % _COLD_EVERY == 0
            if is_cold:
                context.close()
                context = seated(browser, address, secret)
            page = context.new_page()
            page.goto(f"{address}/", wait_until="commit")
            page.wait_for_function(_THERE)
            (cold if is_cold else warm).append(float(page.evaluate(_NOW)))
            page.close()
        browser.close()
    return cold, warm


def told(times_ms: list[float]) -> dict[str, float]:
    """Median, 95th percentile, worst."""
    p50, p95 = np.percentile(times_ms, [50, 95])
    return {"n": len(times_ms), "p50_ms": round(p50), "p95_ms": round(p95), "worst_ms": round(max(times_ms))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("clinic_list.json"))
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--loads", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", metavar="URL")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for it")
    parser.add_argument("--quick", action="store_true", help="200 patients, 6 loads")
    args = parser.parse_args()
    if args.quick:
        args.patients, args.loads = 200, 6
    with tempfile.TemporaryDirectory() as name, postgres(args.postgres) as own:
        folder, url = Path(name), args.database or own
        house = open_house(folder / "clinic", url)
        fill(house.database, a_run(folder, args.seed), 1, args.patients, args.seed)
        with house.database.writing() as db:
            user = db.scalars(select(User).where(User.name == "person_0")).one()
            secret = logins.begin(db, user, "benchmark").secret
        house.database.close()
        with served(folder / "clinic", url) as (address, _):
            cold, warm = measure(address, secret, args.loads)
    result = {
        "database": "sqlite" if url is None else "postgresql", "patients": args.patients,
        "cores": os.cpu_count(), "load_average": os.getloadavg()[0],
        "empty cache": told(cold), "filled cache": told(warm),
    }  # fmt: skip
    write_text(args.out, json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
