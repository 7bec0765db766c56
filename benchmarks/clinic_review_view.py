"""How fluently the curves of a long recording follow zoom and pan, for benchmarks/clinic_review.py.

A virtual walker's markers (synthetic) give events and strides; its exact joint angles, every one that the
body has, are laid into what the page is told, with a standard deviation of 3 deg and the healthy bands of
another visit. Then each picture of the screen brings one step of the wheel. What is measured is the time from
one picture to the next: 16.7 ms where the page keeps up with a screen of 60 Hz.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, Route

from kinelab.files.c3d_writer import write_c3d
from kinelab.reports.angle_names import label_of, side_of, stem
from kinelab.virtual_lab.solid_people.bodies import random_body
from kinelab.virtual_lab.solid_people.walk_style import random_style
from kinelab.virtual_lab.solid_people.walking import walk

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from served import Caller

from marker_walker import marker_walk  # the tests' own walker

LIMIT_MS = 33.4  # two pictures of a screen of 60 Hz
RATE_HZ, SEED, SD_DEG = 100.0, 1, 3.0
_STEPS = """async (n) => {
  const curves = document.querySelector(".kr-curves");
  const box = curves.getBoundingClientRect();
  const picture = () => new Promise(requestAnimationFrame);
  const wheel = (deltaX, deltaY) => curves.dispatchEvent(new WheelEvent("wheel",
    { deltaX, deltaY, clientX: box.left + 500, clientY: box.top + 50, bubbles: true, cancelable: true }));
  const found = {};
  const steps = async (name, act) => {
    let before = await picture();
    found[name] = [];
    for (let i = 0; i < n; i++) {
      act(i);
      const now = await picture();
      found[name].push(now - before);
      before = now;
    }
  };
  await steps("zoom", (i) => wheel(0, i < n / 2 ? -60 : 60));
  wheel(0, -300);
  await picture();
  await steps("pan", (i) => wheel(i < n / 2 ? 4 : -4, 0));
  return found;
}"""


def long_walk(caller: Caller, patient_id: str, seconds: float, folder: Path) -> str:
    """A visit with the markers of a walk of this length, analysed; its id."""
    path = folder / f"walk{seconds:.0f}.c3d"
    write_c3d(marker_walk(SEED, seconds, RATE_HZ).markers, path, None)
    return caller.analysed(patient_id, path)


def lay_angles(page: Page, visit: str, seconds: float, bands: dict[str, Any]) -> None:
    """Let the review of this visit tell every joint angle of the walk, and `bands` of the healthy."""
    rng = np.random.default_rng(SEED)
    body = random_body(rng)
    angles = walk(random_style(rng, body), body, RATE_HZ, seconds).joint_angles()

    def told(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        n = said["review"]["n_frames"]
        said["review"]["angles"] = [
            {
                "name": name, "label": label_of(name).label, "side": side_of(name) or "none",
                "joint": stem(name), "values_deg": angles.angle_deg[:n, j].round(2).tolist(),
                "sd_deg": [SD_DEG] * n,
            }
            for j, name in enumerate(angles.names)
        ]  # fmt: skip
        said["review"]["norm_bands"] = bands
        route.fulfill(response=answer, json=said)

    page.route(f"**/api/v1/visits/{visit}/review", told)


def view_steps(page: Page, n: int) -> dict[str, Any]:
    """Quantiles of the time between pictures, ms, of the usual three curves and of all."""
    found: dict[str, Any] = {}
    for which in ("usual curves", "all curves"):
        if which == "all curves":
            page.locator(".kr-menu summary").click()
            for box in page.locator(".kr-menu input").all():
                box.set_checked(True)
            page.locator(".kr-menu summary").click()
        for name, ms in page.evaluate(_STEPS, n).items():
            p50, p95 = np.percentile(ms, [50, 95])
            found[f"{name}, {which}"] = {
                "n": len(ms), "p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "worst_ms": round(max(ms), 1)
            }  # fmt: skip
    return found
