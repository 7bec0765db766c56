"""The keys of the labelling page as the help shows them; static/label.js acts on them."""

from __future__ import annotations

KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("click",), "place the chosen landmark, then go to the next one that is missing"),
    (("Shift", "click"), "place it as occluded"),
    (("drag",), "move a mark"),
    (("N", "P"), "next, previous landmark (also Tab, Shift Tab, up, down)"),
    (("→", "←"), "next, previous frame (also Space, Shift Space)"),
    (("U",), "first frame with something missing"),
    (("O",), "occluded: hidden, its place is a guess; again: visible"),
    (("X",), "absent: cannot be placed (also Delete)"),
    (("Backspace",), "not labelled after all"),
    (("Alt", "arrows"), "move the mark by 1 px; with Shift too by 0.25 px"),
    (("C",), "copy what is missing from the frame before"),
    (("G",), "show the proposal; again: accept all that is missing"),
    (("A",), "accept the proposal for the chosen landmark"),
    (("Ctrl", "Z"), "undo"),
    (("Ctrl", "Y"), "redo (also Ctrl Shift Z)"),
    (("wheel",), "zoom at the pointer (also + and -)"),
    (("right drag",), "move the picture (also the middle button)"),
    (("F",), "fit the picture"),
    (("L",), "names of all landmarks"),
    (("R",), "other raters' labels, once your own are complete"),
    (("?",), "this list"),
)
