"""The keys of a published configuration, read with errors that name the key and the architecture."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

_MOST = 10**9
"""No width, count or vocabulary of a model comes near it."""

_SHOWN = 60
"""Characters of a wrong value that a message shows."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The entries of a config.json; `model_type` is named where one is missing or is not of its kind."""

    entries: Mapping[str, object]
    model_type: str

    def has(self, key: str) -> bool:
        """Whether a key is there and is not null."""
        return self.entries.get(key) is not None

    def found(self, key: str, *others: str) -> str:
        """The first of these keys that is there; the first of all where none is."""
        return next((name for name in (key, *others) if self.has(name)), key)

    def text(self, key: str) -> str:
        """Return a text."""
        value = self._required(key)
        if not isinstance(value, str):
            raise self._wrong(key, "be a text")
        return value

    def whole(self, key: str, *others: str, default: int | None = None, most: int = _MOST) -> int:
        """Return a whole number from 1, under its key or that of older files; `default` if absent."""
        found = self.found(key, *others)
        if default is not None and not self.has(found):
            return default
        self._required(found)
        return self._number(found, 1, most)

    def count(self, key: str) -> int:
        """Return a whole number from 0, which an absent key stands for."""
        return self._number(key, 0, _MOST) if self.has(key) else 0

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a claim, `default` where it is absent."""
        value = self.entries.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(key, "be true or false")
        return value

    def listed(self, key: str) -> list[object]:
        """Return a list, empty where it is absent."""
        value = self.entries.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(key, "be a list")
        return value

    def table(self, key: str) -> Mapping[str, object]:
        """Return a configuration within this one."""
        value = self._required(key)
        if not isinstance(value, Mapping):
            raise self._wrong(key, "be an object of keys and values")
        return value

    def refuse(self, key: str, rule: str) -> NoReturn:
        """Refuse a value that this program has no count for."""
        raise self._wrong(key, rule)

    def refuse_true(self, *names: str) -> None:
        """Refuse claims that add or take away what this program does not count."""
        for name in names:
            if self.flag(name, default=False):
                self.refuse(name, "be false: what it adds is not counted")

    def _number(self, key: str, least: int, most: int) -> int:
        value = self.entries[key]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(key, f"be a whole number from {least} to {most:,}")
        return value

    def _required(self, key: str) -> object:
        if not self.has(key):
            raise ValueError(f"config has no {key!r}, which {self.model_type} needs")
        return self.entries[key]

    def _wrong(self, key: str, rule: str) -> ValueError:
        return ValueError(f"{key!r} of {self.model_type} must {rule}, not {shown(self.entries.get(key))}")


def shown(value: object) -> str:
    """The beginning of a wrong value, as Python writes it."""
    return repr(value)[:_SHOWN]
