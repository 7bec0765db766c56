"""What hands and eyes do on the review page: drag, wait for the server, look at what is drawn."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Locator, Page, expect


def stored(page: Page) -> None:
    expect(page.locator(".kr-saved")).to_have_attribute("data-word", "saved")
    expect(page.locator(".kr-measures")).not_to_have_attribute("data-waiting", "")


def drag(page: Page, handle: Locator, px: float) -> None:
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 9
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + px, y, steps=6)
    page.mouse.up()


def left_of(handles: Locator, n: int = 0) -> float:
    """Middle of the nth handle, px from the left of the curves."""
    box = handles.nth(n).bounding_box()
    curves = handles.page.locator(".kr-curves").bounding_box()
    assert box is not None
    assert curves is not None
    return box["x"] + box["width"] / 2 - curves["x"]


def healthy_columns(page: Page) -> tuple[int, int]:
    """First and last column of the curves that are others without the healthy, px. Shows them again."""
    shown = np.array(page.evaluate(_COLUMNS))
    page.keyboard.press("h")
    hidden = np.array(page.evaluate(_COLUMNS))
    page.keyboard.press("h")
    page.evaluate(_COLUMNS)
    apart = np.flatnonzero(shown != hidden)
    return int(apart[0]), int(apart[-1])


_COLUMNS = """async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  const canvas = document.querySelector(".kr-curves canvas");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const sums = new Array(width).fill(0);
  for (let i = 0; i < data.length; i++) sums[(i >> 2) % width] += data[i] * (1 + (i >> 2) / width);
  return sums;
}"""


GREY = """() => {
  const video = document.querySelector(".kr-film video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const grey = [];
  for (let y = 0; y < canvas.height; y += 8) for (let x = 0; x < canvas.width; x += 8) {
    const i = 4 * (y * canvas.width + x);
    grey.push(Math.round(0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]));
  }
  return grey;
}"""


ENVELOPE = """async ([values, perPx]) => {
  const { Envelope } = await import("/static/review/envelope.js");
  const { step, low, high } = new Envelope(Float32Array.from(values, (one) => one ?? NaN)).level(perPx);
  const plain = (ones) => [...ones].map((one) => (Number.isNaN(one) ? null : one));
  return { step, low: plain(low), high: plain(high) };
}"""
