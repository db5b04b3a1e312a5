"""The picture of schedules: learning rate against step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scalecalc.chart import Axis, Chart, Line

if TYPE_CHECKING:
    from scalecalc.training.schedule import Schedule

POINTS = 200
"""Steps that a curve is drawn through, beside those where its course changes."""


def rate_chart(courses: "Mapping[str, Schedule]") -> Chart:
    """One curve for each schedule."""
    lines = tuple(_line(label, course) for label, course in courses.items())
    highest = max(course.peak for course in courses.values())
    steps = max(course.steps for course in courses.values())
    return Chart(
        name="schedule",
        title="learning rate by step",
        x=Axis("step"),
        y=Axis("learning rate"),
        series=lines,
        caption=f"Learning rate of {', '.join(courses)}: up to {highest:.3g} within {steps} steps.",
    )


def _line(label: str, course: "Schedule") -> Line:
    steps = drawn_steps(course)
    return Line(label, tuple(map(float, steps)), tuple(course.rate(step) for step in steps))


def drawn_steps(course: "Schedule", points: int = POINTS) -> list[int]:
    """Steps spread evenly over the run, with those where its course changes and their neighbors."""
    even = {1 + round(place * (course.steps - 1) / max(1, points - 1)) for place in range(points)}
    marks = {step + aside for _, step in course.landmarks() for aside in (0, 1)}
    return sorted(step for step in even | marks if 1 <= step <= course.steps)
