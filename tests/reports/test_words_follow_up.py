"""What is said of a person's course."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kinelab.core.measures import Reference
from kinelab.gait.follow_up.rule import Course, follow
from kinelab.gait.follow_up.visits import Acknowledged, Visit
from kinelab.reports.figure_style import svg_text
from kinelab.reports.figure_timeline import draw_timeline
from kinelab.reports.words_follow_up import alert_words, baseline_words

START = datetime(2026, 1, 1, tzinfo=UTC)


def course(values: list[float], mdc95: float | None = 0.1, **more: object) -> Course:
    visits = [Visit(f"v{i}", START + timedelta(weeks=4 * i), value) for i, value in enumerate(values)]
    return follow("speed_mps", visits, mdc95, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "mdc95", "words"),
    [
        ([1.1, 1.1], 0.1, "No baseline yet: 2 of 3 signed visits."),
        ([1.3, 1.1, 0.9], 0.1, "no 3 of the first 3 signed visits in a row lie within MDC95 of each other"),
        ([1.1, 1.1, 1.1], None, "The error of measurement is not known, so no change is told."),
        ([1.1, 1.2, 1.3], None, "MDC95, from the scatter of these visits alone, so wide"),
        ([0.7, 1.1, 1.1, 1.12], 0.1, "over visits 2 to 4. A change above 0.10 m/s is real"),
        ([1.3, 1.1, 0.9, 0.7, 0.5, 0.3], 0.1, "over visits 1 to 3, which do not agree: the first visits"),
    ],
)
def test_the_baseline(values: list[float], mdc95: float | None, words: str) -> None:
    assert words in baseline_words(course(values, mdc95), "m/s")


def test_an_alert_that_went_back_says_so() -> None:
    found = course([1.1, 1.1, 1.1, 0.9, 0.9, 1.1, 1.1])
    assert alert_words(found, found.alerts[0], "both", "m/s").endswith("It has gone back since.")


def test_an_alert_against_an_acknowledged_value() -> None:
    said = Acknowledged("v4", START + timedelta(weeks=16), 0.9)
    found = course([1.1, 1.1, 1.1, 0.9, 0.9, 0.7, 0.7], acknowledged=[said])
    assert "against 0.90 m/s of the value acknowledged" in alert_words(found, found.alerts[1], "both", "m/s")


def test_a_change_that_rounds_to_the_limit_is_just_more() -> None:
    found = course([1.1, 1.1, 1.1, 0.998, 0.998])
    assert "smaller by 0.10 m/s, just more than 0.10 m/s" in alert_words(
        found, found.alerts[0], "both", "m/s"
    )


def test_a_change_without_a_direction_leaves_it_open() -> None:
    visits = [Visit(f"v{i}", START + timedelta(i), v) for i, v in enumerate([50.0, 50.0, 50.0, 60.0, 60.0])]
    found = follow("knee_rom_deg", visits, 5.0)
    words = alert_words(found, found.alerts[0], "left", "deg")
    assert words.startswith("Knee range of motion, left: changed, 60.0 deg against 50.0 deg")
    assert words.endswith("Whether for the better depends on the person.")


def test_the_figure_shows_what_the_rule_says() -> None:
    found = course([1.1, 1.12, 1.08, 0.9, 1.1, 0.9, 0.88])
    figure = draw_timeline(found, "m/s", norm=Reference(1.2, 1.5, "adults"), versions={"v1": "v2"})
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert {"worse", "v2", "healthy", "± MDC95"} <= texts
    rings = [line for line in figure.axes[0].lines if line.get_markersize() == 9]
    assert [float(line.get_ydata()[0]) for line in rings] == [0.9]  # type: ignore[arg-type, index]
    assert svg_text(figure) == svg_text(figure)


def test_an_empty_course_says_why() -> None:
    figure = draw_timeline(course([]), "m/s")
    assert [text.get_text() for text in figure.axes[0].texts] == ["no result of this measure"]
