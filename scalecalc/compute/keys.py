"""The keys of a published configuration, read with errors that name the key and the architecture."""

from collections.abc import Mapping
from dataclasses import dataclass

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

    def text(self, key: str) -> str:
        """Return a text."""
        value = self._required(key)
        if not isinstance(value, str):
            raise self._wrong(key, "be a text")
        return value

    def whole(self, key: str, *others: str, default: int | None = None, most: int = _MOST) -> int:
        """Return a whole number from 1, under its key or that of older files; `default` if absent."""
        found = next((name for name in (key, *others) if self.has(name)), key)
        if default is not None and not self.has(found):
            return default
        value = self._required(found)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self._wrong(found, f"be a whole number from 1 to {most:,}")
        return value

    def count(self, key: str) -> int:
        """Return a whole number from 0, which an absent key stands for."""
        return 0 if self.entries.get(key) in (None, 0) else self.whole(key)

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

    def refuse(self, key: str, rule: str) -> None:
        """Refuse a value that this program has no count for."""
        raise self._wrong(key, rule)

    def _required(self, key: str) -> object:
        if not self.has(key):
            raise ValueError(f"config has no {key!r}, which {self.model_type} needs")
        return self.entries[key]

    def _wrong(self, key: str, rule: str) -> ValueError:
        shown = repr(self.entries.get(key))[:_SHOWN]
        return ValueError(f"{key!r} of {self.model_type} must {rule}, not {shown}")
