"""Laws of more than parameters, tokens and compute: what else they depend on is fixed first, with `at`."""

from abc import abstractmethod
from typing import Any, ClassVar

from scalecalc.laws.law import Law


class Conditional(Law):
    """A law whose loss depends on conditions beside N and D, such as the number of experts.

    `at` fixes them, each by the keyword that `conditions` names, and gives an ordinary law: a surface with
    all that surfaces offer where the form allows it.
    """

    __slots__ = ()

    conditions: ClassVar[tuple[str, ...]]
    """The keywords of `at`."""

    @abstractmethod
    def at(self, *args: Any, **kwargs: Any) -> Law:
        """Law of N and D (or of one of them) under these conditions."""


def require_at_least(name: str, value: float, least: float) -> None:
    """Refuse a condition that is no finite number, or smaller than the least that makes sense."""
    if not least <= value < float("inf"):
        raise ValueError(f"{name} must be finite and at least {least:g}, not {value!r}")


def require_finite(law: Law, *names: str) -> None:
    """Refuse a coefficient that is no finite number; its sign is free."""
    for name in names:
        value = getattr(law, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{name} must be a number, not {value!r}")  # noqa: TRY004 - misuse is a ValueError
        if not abs(value) < float("inf"):
            raise ValueError(f"{name} must be finite, not {value!r}")
