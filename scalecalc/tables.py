"""Finds data/ and reads it, by name and once; a name that is nowhere is told with the nearest ones.

A table's own module is imported when the table is read, so that a command pays only for what it uses.
"""

import csv
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from scalecalc.compute.accelerator import Accelerator
    from scalecalc.compute.model import PublishedModel
    from scalecalc.compute.training_run import TrainingRun
    from scalecalc.compute.utilization import Utilization
    from scalecalc.laws import PublishedLaw
    from scalecalc.training.hyperparameters import HyperparameterLaw
    from scalecalc.training.tokenizer import Tokenizer

DEFAULT_LAW = "besiroglu2024"
"""The refit of Chinchilla's third approach (Besiroglu et al. 2024) stands where no law is named."""


LONGEST_NAME = 40
"""Characters of an unknown name that are looked at and shown."""


FIT = "fit"
"""The key of a law file under which `scalecalc fit --save` keeps what intervals need."""


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
    """Published laws of parameters, tokens and compute by name, in the order of data/laws.toml."""
    return _laws_of("laws.toml")


@cache
def further_laws() -> dict[str, "PublishedLaw"]:
    """Published laws of more than those, in the order of data/further_laws.toml; read where asked for."""
    return _laws_of("further_laws.toml")


def all_laws() -> dict[str, "PublishedLaw"]:
    """The laws of both files; their names and aliases are unique over the two."""
    return {**laws(), **further_laws()}


def _laws_of(name: str) -> dict[str, "PublishedLaw"]:
    from scalecalc.laws import PublishedLaw

    with (folder() / name).open("rb") as file:
        rows = tomllib.load(file)
    return {name: PublishedLaw.from_row(name, row) for name, row in rows.items()}


@cache
def hyperparameter_laws() -> dict[str, "HyperparameterLaw"]:
    """Published laws of batch size, learning rate and AdamW settings, as in data/hyperparameters.toml."""
    from scalecalc.training.hyperparameters import HyperparameterLaw

    with (folder() / "hyperparameters.toml").open("rb") as file:
        rows = tomllib.load(file)
    return {name: HyperparameterLaw.from_row(name, row) for name, row in rows.items()}


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


@cache
def training_runs() -> tuple["TrainingRun", ...]:
    """The published training runs, in the order of data/training_runs.csv."""
    from scalecalc.compute.training_run import TrainingRun

    return tuple(map(TrainingRun.from_row, records("training_runs.csv")))


@cache
def tokenizers() -> dict[str, "Tokenizer"]:
    """The tokenizers whose bytes per token are published, in the order of data/tokenizers.csv."""
    from scalecalc.training.tokenizer import tokenizers_of

    return tokenizers_of(records("tokenizers.csv"))


def records(name: str) -> Iterator[Mapping[str, str]]:
    """The rows of a bundled CSV table, as text under the names of its header."""
    with (folder() / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def law(name: str) -> "PublishedLaw":
    """The law of that name or alias, or the one that a file ending in .json holds."""
    if name.lower().endswith(".json"):
        return _law_from_file(Path(name))
    return _found(laws(), name) or _entry(all_laws(), name, "law", "laws")


def fit_of_law(name: str) -> Mapping[str, Any] | None:
    """The record of the fit beside a law file's law, from which intervals come; None for every other law."""
    if not name.lower().endswith(".json"):
        return None
    import json

    record: Mapping[str, Any] | None = json.loads(Path(name).read_text(encoding="utf-8")).get(FIT)
    return record


def hyperparameter_law(name: str) -> "HyperparameterLaw":
    """The law of hyperparameters of that name or alias."""
    return _entry(hyperparameter_laws(), name, "hyperparameter law", "hyperparameters")


def accelerator(name: str) -> "Accelerator":
    """The accelerator of that id or alias."""
    return _entry(accelerators(), name, "accelerator", "accelerators")


def model(name: str) -> "PublishedModel":
    """The published model of that id or alias."""
    return _entry(models(), name, "model", "models")


def tokenizer(name: str) -> "Tokenizer":
    """The tokenizer of that name or alias."""
    found = _found(tokenizers(), name)
    if found:
        return found
    listing = f"known: {', '.join(tokenizers())}; or give --bytes-per-token"
    raise unknown("tokenizer", name, [*tokenizers(), *_aliases(tokenizers())], listing)


_TABLES: dict[str, Callable[[], Mapping[str, Named]]] = {
    "law": laws,
    "hyperparameter-law": hyperparameter_laws,
    "any-law": all_laws,
    "accelerator": accelerators,
    "model": models,
    "tokenizer": tokenizers,
}


def names(kind: str) -> list[str]:
    """Every name and alias of a table (law, any-law, accelerator, model) or of `runs`, for the shell."""
    if kind == "runs":
        return sorted(path.stem for path in (folder() / "runs").glob("*.csv"))
    table = _TABLES[kind]()
    return sorted({*table, *(alias for entry in table.values() for alias in entry.aliases)})


def unknown(kind: str, name: str, known: Iterable[str], listing: str) -> Problem:
    """The problem that a name is nowhere, with the nearest names; `listing` says where all are told."""
    near = get_close_matches(name.strip().lower()[:LONGEST_NAME], known, n=3, cutoff=0.5)
    hint = f"nearest: {', '.join(near)}; {listing}" if near else listing
    return Problem(f"unknown-{kind.replace(' ', '-')}", f"{name[:LONGEST_NAME]!r} names no {kind}", hint)


def lines_of_input() -> Iterator[tuple[int, str]]:
    """The lines of standard input with their numbers, blank ones and `#` remarks left out."""
    if sys.stdin is None:
        raise Problem("no-input", "standard input is closed", "pipe one value per line into the command")
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")  # so that a line of bytes is refused by its number
    for number, line in enumerate(sys.stdin, start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def _entry(table: Mapping[str, Entry], name: str, kind: str, command: str) -> Entry:
    found = _found(table, name)
    if found:
        return found
    raise unknown(kind, name, [*table, *_aliases(table)], f"`scalecalc {command}` lists them all")


def _found(table: Mapping[str, Entry], name: str) -> Entry | None:
    wanted = name.strip().lower()
    return table.get(wanted) or _aliases(table).get(wanted)


def _aliases(table: Mapping[str, Entry]) -> dict[str, Entry]:
    return {alias: entry for entry in table.values() for alias in entry.aliases}


def _law_from_file(path: Path) -> "PublishedLaw":
    """The law that a JSON file holds; what is wrong with it is told with the file's name."""
    try:
        return _law_from_text(path.name, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        hint = "a law file holds `form` and `coefficients`; `scalecalc laws NAME --json` shows one"
        raise Problem("law-file", f"{path}: {reason}", hint, ExitCode.BAD_DATA) from error


def _law_from_text(name: str, text: str) -> "PublishedLaw":
    import json

    from scalecalc.laws import PublishedLaw

    row: Any = json.loads(text)
    if not isinstance(row, dict):
        raise ValueError("the file holds no JSON object")  # noqa: TRY004 - the value is wrong, not a type
    row.pop(FIT, None)
    return PublishedLaw.from_row(name, row)
