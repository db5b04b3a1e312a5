"""Reading one law's row of a TOML or JSON file, with errors that name the key and its value."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from reprlib import repr as shortened

LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Row:
    """A table of named values, `name` saying which one in messages."""

    name: str
    values: Mapping[str, object]

    def wrong(self, key: str, rule: str) -> ValueError:
        """Error for a key whose value breaks a rule."""
        return ValueError(f"{self.name}: {key} must be {rule}, not {shortened(self.values.get(key))}")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Refuse any key that is not known, naming it and those that are."""
        known = tuple(known)
        for key in self.values:
            if key not in known:
                raise ValueError(
                    f"{self.name}: {shortened(key)} is no known key; known are {', '.join(known)}"
                )

    def text(self, key: str, default: str = "") -> str:
        """Text that is not blank."""
        if key not in self.values:
            return default
        value = self.values[key]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "text")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str = "") -> str:
        """One of a few words."""
        value = self.values.get(key, default)
        if value not in choices:
            raise self.wrong(key, f"one of {', '.join(choices)}")
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts, none when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Claim that is true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def whole(self, key: str) -> int | None:
        """Whole number, None when absent."""
        value = self.values.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.wrong(key, "a whole number")
        return value

    def number(self, key: str) -> float:
        """Finite number."""
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -LARGEST <= value <= LARGEST:
            raise self.wrong(key, "a finite number")
        return float(value)

    def positive(self, key: str) -> float:
        """Finite number above zero."""
        if (number := self.number(key)) <= 0:
            raise self.wrong(key, "positive")
        return number

    def numbers(self, key: str) -> tuple[float, ...]:
        """Finite numbers, none when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, (list, tuple)):
            raise self.wrong(key, "a list of numbers")
        inner = Row(f"{self.name}: {key}", {str(place): item for place, item in enumerate(value)})
        return tuple(inner.number(place) for place in inner.values)

    def matrix(self, key: str) -> tuple[tuple[float, ...], ...]:
        """Lines of finite numbers, none when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, (list, tuple)):
            raise self.wrong(key, "a list of lists of numbers")
        inner = Row(f"{self.name}: {key}", {str(place): line for place, line in enumerate(value)})
        return tuple(inner.numbers(place) for place in inner.values)

    def table(self, key: str) -> "Row":
        """Table of its own, empty when absent."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self.wrong(key, "a table")
        return Row(f"{self.name}: {key}", value)

    def tables(self, key: str) -> tuple["Row", ...]:
        """Tables, none when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
            raise self.wrong(key, "a list of tables")
        return tuple(Row(f"{self.name}: {key}[{place}]", item) for place, item in enumerate(value))
