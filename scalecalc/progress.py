"""How far long work is, told to whoever listens; a command reports, the command line shows."""

from collections.abc import Callable
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]

LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)
"""Called with the work, the steps done and all steps; None where nobody listens."""


def report(work: str, done: int, total: int) -> None:
    """Tell the listener that `done` of `total` steps of `work` are done."""
    listener = LISTENER.get()
    if listener is not None:
        listener(work, done, total)
