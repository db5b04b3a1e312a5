"""The base classes of every command: what goes in, what comes out, and the JSON around it.

A command is a function from an `Inputs` to a `Result` (or, for many questions at once, to a `Stream`
of `Row`s). Both are pydantic models, so the command line, the JSON Schema, the reference page and the
Python call all derive from the same two classes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from scalecalc import __version__
from scalecalc.problem import Problem

if TYPE_CHECKING:  # most answers draw nothing, so that start-up leaves charts out
    from scalecalc.chart import Chart, Picture

SCHEMA_VERSION = 1
"""Raised when a key of the JSON output changes its name, its meaning or its unit."""

AnyNumber = Annotated[float, SkipValidation]
"""A number that keeps its own quantity, and so prints itself, within a model that does not name it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a field looks to a reader: its unit, its significant digits, and whether its range is left out."""

    unit: str = ""
    digits: int = 3
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Positional:
    """Marks an input that is given by its place on the command line, not by an option."""


@dataclass(frozen=True, slots=True)
class Completes:
    """Names what completes this input in the shell: `command`, or a table's `law`, `model`, `accelerator`."""

    kind: str


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Inputs(_Frozen):
    """What a command is asked; a subclass's docstring is the command's help."""

    group: ClassVar[str]
    """The heading of the overview under which the command stands."""
    examples: ClassVar[tuple[str, ...]]
    """Command lines, without the program's name, that are printed first in the help."""


class Plotted(Inputs):
    """Whether the answer is to be drawn as well; a command that can draw takes this option."""

    plot: bool = Field(False, description="Draw the answer in the terminal (needs the extra `plot`).")


class Row(_Frozen):
    """A record: one line of a table, one block of a screen, one object of the JSON."""

    told: ClassVar[frozenset[str]] = frozenset()
    """Fields that the headline tells already, so that a block does not repeat them."""


class Span(Row):
    """From low to high, both included, in the quantity that the ends are."""

    low: AnyNumber
    high: AnyNumber


class Estimate(Row):
    """A value with the range it may lie in; `method` says what the range is, `level` its coverage."""

    value: AnyNumber
    low: AnyNumber | None = None
    high: AnyNumber | None = None
    level: float | None = Field(None, description="Share of cases the range is meant to cover.")
    method: str | None = Field(None, description="Where the value and its range come from.")


class Note(Row):
    """A remark on a result; a warning is one that `--strict` turns into exit code 4."""

    code: str
    message: str
    level: Literal["note", "warning"] = "note"


class Result(Row):
    """What a command answers. Assumptions, notes and sources stand beside the result in the JSON."""

    assumptions: tuple[str, ...] = Field((), exclude=True)
    notes: tuple[Note, ...] = Field((), exclude=True)
    sources: tuple[str, ...] = Field((), exclude=True)
    charts: SkipValidation[tuple[Any, ...]] = Field((), exclude=True)
    """Charts of the answer, `scalecalc.chart.Chart`, made only where `Plotted` inputs ask for them."""

    def headline(self) -> str:
        """The answer in one line."""
        raise NotImplementedError

    def records(self) -> tuple[Row, ...]:
        """The rows that CSV and JSON Lines hold: the result itself, or the entries of a list.

        An override's annotation says which: `record_kind` reads it.
        """
        return (self,)

    @classmethod
    def record_kind(cls) -> type[Row]:
        """What kind of row `records` holds."""
        kind, *_ = get_args(get_type_hints(cls.records)["return"])
        return cls if kind is Row else kind

    def document(self) -> Any:
        """What is printed in place of headline and tables: a text as it stands, anything else as JSON."""
        return None


class Drawing(Result):
    """An answer that is a picture: `--output` names its file, whose suffix is svg, pdf or png."""

    def picture(self) -> "Picture":
        """The picture to write."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a page: its title, the answer that it holds, and the command line that gives it alone."""

    title: str
    answer: Result
    command: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that stands beside the answer of a page."""

    label: str
    value: Any
    unit: str = ""


class Step(Row):
    """Something to do next: what, why, and the command line for it if there is one."""

    what: str
    why: str
    command: str | None = None


class Book(Result):
    """An answer that is a page: a question with its answer, chapters, what to do next."""

    question: str
    answer: str = Field(description="In one sentence.")
    more: tuple[str, ...] = Field(description="What belongs to the answer: how sure it is, what it costs.")
    steps: tuple[Step, ...] = Field(title="what to do next")
    command: str = Field(description="The command line that gives this answer again.")

    def headline(self) -> str:
        """The answer."""
        return self.answer

    def facts(self) -> tuple[Fact, ...]:
        """The few figures to be seen first."""
        raise NotImplementedError

    def chapters(self) -> tuple[Chapter, ...]:
        """The answers that it is made of, in reading order."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows that are computed as they are read, one for each question.

    `varies` names the input that differs from row to row; each row has a field of that name.
    """

    row: type[Row]
    rows: Iterator[Row]
    varies: str
    assumptions: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    sources: tuple[str, ...] = ()
    charts: "tuple[Chart, ...]" = ()


def stamp() -> dict[str, Any]:
    """The part of every JSON document that says which program and which schema wrote it."""
    return {"version": __version__, "schema": SCHEMA_VERSION}


def envelope(command: str, inputs: Inputs, result: Result) -> dict[str, Any]:
    """The JSON document of an answer, ready to be serialized."""
    return {
        "scalecalc": stamp(),
        "command": command,
        "inputs": inputs,
        "result": result,
        "assumptions": result.assumptions,
        "notes": result.notes,
        "sources": result.sources,
    }


def problem_envelope(command: str | None, problem: Problem) -> dict[str, Any]:
    """The JSON document of a question without an answer."""
    told = {"code": problem.code, "message": problem.message, "hint": problem.hint}
    return {"scalecalc": stamp(), "command": command, "problem": told}
