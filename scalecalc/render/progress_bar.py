"""How far long work is, as a bar on the terminal: not before a second has passed, and gone at the end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from scalecalc.progress import LISTENER

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0
"""Seconds of work before the bar appears."""

REDRAWN = 0.1
"""Seconds between two pictures of it."""


@contextmanager
def shown_progress() -> Iterator[None]:
    """While this holds, reported progress is drawn on standard error, if that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    bar = _Bar()
    token = LISTENER.set(bar.report)
    try:
        yield
    finally:
        LISTENER.reset(token)
        bar.close()


class _Bar:
    """A bar for one kind of work at a time; rich is loaded when it first shows."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._last = 0.0
        self._drawn: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def report(self, work: str, done: int, total: int) -> None:
        """Draw `done` of `total` steps, once the work has taken its second."""
        now = monotonic()
        begun = self._begun.setdefault(work, now)
        if now - begun < PATIENCE or now - self._last < REDRAWN:
            return
        self._last = now
        if self._drawn is None:
            self._drawn = _drawn()
            self._drawn.start()
        if work not in self._tasks:
            self._tasks[work] = self._drawn.add_task(work, total=total)
        self._drawn.update(self._tasks[work], completed=done, refresh=True)

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self._drawn is not None:
            self._drawn.stop()


def _drawn() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from scalecalc.render.screen import console

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns, TimeRemainingColumn(), console=console(sys.stderr), transient=True, auto_refresh=False
    )
