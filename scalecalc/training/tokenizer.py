"""How much text a token is: published figures of tokenizers, each for the text it was measured on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scalecalc.training.information import PER_TOKEN


@dataclass(frozen=True, slots=True)
class Compression:
    """Bytes, characters and words per token on one text; None where that was not published."""

    corpus: str
    bytes: float | None
    chars: float | None
    words: float | None
    source: str

    def of(self, pieces: str) -> float | None:
        """How many bytes, characters or words a token has."""
        if pieces not in PER_TOKEN.values():
            raise ValueError(f"pieces must be one of {', '.join(PER_TOKEN.values())}, not {pieces!r}")
        figure: float | None = getattr(self, pieces)
        return figure


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A tokenizer and its published figures; the first is the one that stands for it."""

    id: str
    name: str
    vocabulary: int
    aliases: tuple[str, ...]
    figures: tuple[Compression, ...]

    def on(self, corpus: str) -> Compression | None:
        """The figures measured on a text, if it has any."""
        return next((each for each in self.figures if each.corpus == corpus), None)


def tokenizers_of(rows: Iterable[Mapping[str, str]]) -> dict[str, Tokenizer]:
    """Tokenizers by id from the rows of data/tokenizers.csv, one row for each text of each."""
    grouped: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        grouped.setdefault(row["tokenizer"], []).append(row)
    return {name: _tokenizer(name, of) for name, of in grouped.items()}


def _tokenizer(name: str, rows: list[Mapping[str, str]]) -> Tokenizer:
    first = rows[0]
    aliases = tuple(alias for row in rows for alias in row["aliases"].split())
    figures = tuple(map(_compression, rows))
    return Tokenizer(name, first["name"], int(first["vocabulary"]), aliases, figures)


def _compression(row: Mapping[str, str]) -> Compression:
    bytes_, chars, words = (_figure(row[f"{pieces}_per_token"]) for pieces in PER_TOKEN.values())
    return Compression(row["corpus"], bytes_, chars, words, row["source"])


def _figure(text: str) -> float | None:
    return float(text) if text else None
