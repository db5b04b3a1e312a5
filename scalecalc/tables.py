"""Finds data/ and reads it, by name and once; a name that is nowhere is told with the nearest ones.

A table's own module is imported when the table is read, so that a command pays only for what it uses.
"""

import csv
import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from scalecalc.compute.accelerator import Accelerator
    from scalecalc.compute.model import PublishedModel
    from scalecalc.compute.utilization import Utilization
    from scalecalc.laws import PublishedLaw

DEFAULT_LAW = "besiroglu2024"
"""The refit of Chinchilla's third approach (Besiroglu et al. 2024) stands where no law is named."""


class Named(Protocol):
    """An entry of a table: a name of its own and others that it answers to."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names, unique over the table."""


Entry = TypeVar("Entry", bound=Named)


@cache
def folder() -> Path:
    """The folder data/: within the installed package, or at the top of a checkout."""
    inside = Path(__file__).parent / "data"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "data"


@cache
def laws() -> dict[str, "PublishedLaw"]:
    """All published laws by name, in the order of data/laws.toml."""
    from scalecalc.laws import PublishedLaw

    with (folder() / "laws.toml").open("rb") as file:
        rows = tomllib.load(file)
    return {name: PublishedLaw.from_row(name, row) for name, row in rows.items()}


@cache
def accelerators() -> dict[str, "Accelerator"]:
    """All accelerators by id, in the order of data/accelerators.csv."""
    from scalecalc.compute.accelerator import Accelerator

    return {entry.id: entry for entry in map(Accelerator.from_row, records("accelerators.csv"))}


@cache
def models() -> dict[str, "PublishedModel"]:
    """All published models by id, in the order of data/models.csv."""
    from scalecalc.compute.model import PublishedModel

    return {entry.id: entry for entry in map(PublishedModel.from_row, records("models.csv"))}


@cache
def utilizations() -> tuple["Utilization", ...]:
    """The published spreads of utilization, in the order of data/utilization.csv."""
    from scalecalc.compute.utilization import Utilization

    return tuple(map(Utilization.from_row, records("utilization.csv")))


def records(name: str) -> Iterator[Mapping[str, str]]:
    """The rows of a bundled CSV table, as text under the names of its header."""
    with (folder() / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def law(name: str) -> "PublishedLaw":
    """The law of that name or alias, or the one that a file ending in .json holds."""
    if name.lower().endswith(".json"):
        return _law_from_file(Path(name))
    return _entry(laws(), name, "law", "laws")


def accelerator(name: str) -> "Accelerator":
    """The accelerator of that id or alias."""
    return _entry(accelerators(), name, "accelerator", "accelerators")


def model(name: str) -> "PublishedModel":
    """The published model of that id or alias."""
    return _entry(models(), name, "model", "models")


_TABLES: dict[str, Callable[[], Mapping[str, Named]]] = {
    "law": laws,
    "accelerator": accelerators,
    "model": models,
}


def names(kind: str) -> list[str]:
    """Every name and alias of a table (`law`, `accelerator` or `model`), for the shell to complete."""
    table = _TABLES[kind]()
    return sorted({*table, *(alias for entry in table.values() for alias in entry.aliases)})


def lines_of_input() -> Iterator[tuple[int, str]]:
    """The lines of standard input with their numbers, blank ones and `#` remarks left out."""
    for number, line in enumerate(sys.stdin, start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def _entry(table: Mapping[str, Entry], name: str, kind: str, command: str) -> Entry:
    wanted = name.strip().lower()
    found = table.get(wanted) or _by_alias(table, wanted)
    if found:
        return found
    near = get_close_matches(wanted, [*table, *_aliases(table)], n=3, cutoff=0.5)
    listing = f"`scalecalc {command}` lists them all"
    hint = f"nearest: {', '.join(near)}; {listing}" if near else listing
    raise Problem(f"unknown-{kind}", f"{name[:40]!r} names no {kind}", hint)


def _by_alias(table: Mapping[str, Entry], wanted: str) -> Entry | None:
    return _aliases(table).get(wanted)


def _aliases(table: Mapping[str, Entry]) -> dict[str, Entry]:
    return {alias: entry for entry in table.values() for alias in entry.aliases}


def _law_from_file(path: Path) -> "PublishedLaw":
    """The law that a JSON file holds; what is wrong with it is told with the file's name."""
    from scalecalc.laws import PublishedLaw

    try:
        row: Any = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(row, dict):
            raise ValueError("the file holds no JSON object")
        return PublishedLaw.from_row(path.name, row)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        hint = "a law file holds `form` and `coefficients`; `scalecalc laws NAME --json` shows one"
        raise Problem("law-file", f"{path}: {reason}", hint, ExitCode.BAD_DATA) from error
