"""What a marker analysis has to say about its labels, its names and its fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from kinelab.body.inverse_result import IkResult
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.markers.label_distances import rigidity
from kinelab.markers.labels import LabelCheck
from kinelab.markers.model_markers import Matched
from kinelab.markers.technical_markers import moves

LARGE_M = 0.04  # OpenSim's advice: no marker error above 2 to 4 cm
RMS_M = 0.02
_NAMED = 8  # markers that a finding names
_AT_BOUND = 0.1  # share of the frames
_RIGID_SD_M, _LONG_M, _FEWEST_PAIRS = 0.010, 0.08, 6
_OTHER_SIZE = 0.05  # real pairs of one person: 0.01 at most (recordings of four laboratories)


def label_findings(check: LabelCheck, matched: Matched, repaired: bool) -> Iterator[Finding]:
    """Faults that touch a marker in use; what was undone says so."""
    for fault in check.findings:
        used = [name in matched.names for name in fault.markers]
        if all(used) if fault.fault == "double" else any(used):
            done = {"swap": " (exchanged back)", "jump": " (taken out)"}.get(fault.fault, "")
            said = fault.finding
            text = said.text + (done if fault.certain and repaired else "")
            yield dataclasses.replace(said, text=text)


def name_findings(matched: Matched) -> Iterator[Finding]:
    """Markers left out, added, or known by another name."""
    if matched.left_out:
        yield Finding("info", f"not in the model, left out: {', '.join(matched.left_out)}")
    if matched.own:
        yield Finding("info", f"placed on the model by the static trial: {', '.join(matched.own)}")
    renamed = [f"{a} = {b}" for a, b in matched.names.items() if a != b]
    if renamed:
        yield Finding("info", f"markers taken for the model's by their names: {', '.join(renamed)}")


def fit_findings(ik: IkResult, markers: Keypoints) -> Iterator[Finding]:
    """How well the model follows the markers, told where it does not."""
    rms = ik.rms_error_m
    if not np.isfinite(rms).any():
        return
    over = float(np.nanmedian(rms))
    if over > RMS_M:
        text = (
            f"the model misses the markers by {1000 * over:.0f} mm RMS (median frame), expected below 20 mm"
        )
        yield Finding("warning", f"{text}; check the scaling, the labels and the model's marker places")
    unseen = int((~np.isfinite(rms)).sum())
    if unseen:
        yield Finding("attention", f"{unseen} of {markers.n} frames show no marker; their angles are guesses")
    failed = np.flatnonzero(~ik.converged & np.isfinite(rms))
    if failed.size:
        text = f"{failed.size} of {markers.n} frames did not converge; their angles are marked as guesses"
        yield Finding("warning", text, f"first at {markers.time_s[failed[0]]:.3f} s")
    others = int(ik.second_minimum.sum())
    if others:
        text = f"in {others} of {markers.n} frames a second pose fits the markers nearly as well"
        yield Finding("attention", text)
    yield from _at_bounds(ik)
    yield from _far_markers(ik, markers)


def _at_bounds(ik: IkResult) -> Iterator[Finding]:
    """Coordinates that would leave their range if they could."""
    share = ik.at_bound.mean(axis=0)
    stuck = [
        f"{name} ({100 * part:.0f} % of the frames)"
        for name, part in zip(ik.coordinate_names, share, strict=True)
        if part > _AT_BOUND
    ]
    if stuck:
        text = f"at the end of their range in the model: {', '.join(stuck)}; does the range fit the movement?"
        yield Finding("attention", text)


def _far_markers(ik: IkResult, markers: Keypoints) -> Iterator[Finding]:
    """Markers whose place in the model is wrong for most of the trial, the worst first."""
    middle_mm = {
        name: 1000 * float(np.median(known))
        for name, column in zip(markers.skeleton.landmarks, ik.marker_error_m.T, strict=True)
        if (known := column[np.isfinite(column)]).size
    }
    far = sorted((name for name, mm in middle_mm.items() if mm > 1000 * LARGE_M), key=lambda n: -middle_mm[n])
    if far:
        some = ", ".join(f"{name} {middle_mm[name]:.0f} mm" for name in far[:_NAMED])
        more = f" and {len(far) - _NAMED} more" if len(far) > _NAMED else ""
        yield Finding("attention", f"far from their place in the model (median frame): {some}{more}")


def still_findings(markers: Keypoints) -> Iterator[Finding]:
    """For a model that was scaled from the trial itself: whether that trial can tell sizes at all."""
    if not moves(markers.position):
        text = "the person stands still: sizes and marker places were fitted to one posture, and the small"
        yield Finding("attention", f"{text} distances to the model say nothing of how right they are")


def static_findings(static: Keypoints, trial: Keypoints) -> Iterator[Finding]:
    """A warning where the static trial (same names, m) shows a body of another size than the trial.

    Held against each other are the distances that hardly change in the trial, those within a segment.
    """
    names = [name for name in trial.skeleton.landmarks if static.skeleton.has(name)]
    there, here = (one.position[:, [one.skeleton.index(n) for n in names]] for one in (static, trial))
    known, usual = rigidity(there).typical, rigidity(here)
    pairs = (usual.sd < _RIGID_SD_M) & (usual.typical > _LONG_M) & np.isfinite(known)
    if pairs.sum() < 2 * _FEWEST_PAIRS:  # both directions
        return
    ratio = float(np.median(known[pairs] / usual.typical[pairs]))
    if abs(ratio - 1) > _OTHER_SIZE:
        off = f"{100 * abs(ratio - 1):.0f} % {'larger' if ratio > 1 else 'smaller'}"
        text = f"the body of the static trial is {off} than that of the trial; are they of one person?"
        yield Finding("warning", text)
