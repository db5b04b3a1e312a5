"""A book as one HTML page that needs nothing else: no script, no request, light and dark, phone and paper.

Whatever comes from the user is text to the template, which escapes it. The same book gives the same bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TextIO

from scalecalc.render import printable
from scalecalc.render.machine import json_text
from scalecalc.render.view import ABSENT, Block, Grid, show, view
from scalecalc.result import Book, Inputs, Note, Shown, Step, envelope, stamp

if TYPE_CHECKING:
    from jinja2 import Template

    from scalecalc.render.page_colors import Palette
    from scalecalc.render.page_figure import Figure


LONGEST_WORD, LONGEST_CELL = 30, 40
"""Characters of a word that may set the width of a column; of a cell that is no sentence."""


@dataclass(frozen=True, slots=True)
class SeenChapter:
    """A chapter as the template draws it."""

    anchor: str
    title: str
    headline: str
    command: str
    warnings: tuple[Note, ...]
    notes: tuple[Note, ...]
    blocks: tuple[Block, ...]
    grids: tuple[Grid, ...]
    figures: "tuple[Figure, ...]"


def draw(command: str, inputs: Inputs, book: Book, out: TextIO) -> None:
    """Write the page."""
    from scalecalc.render.page_colors import Palette

    palette = Palette()
    chapters = tuple(_chapters(book, palette))
    told = {note for chapter in chapters for note in (*chapter.warnings, *chapter.notes)}
    style = files("scalecalc.render").joinpath("page.css").read_text(encoding="utf-8")
    out.write(
        _template().render(
            version=stamp()["version"],
            question=printable(book.question),
            answer=printable(book.headline()),
            more=tuple(map(printable, book.more)),
            facts=[(each.label, show(each.value, Shown(digits=4)), each.unit) for each in book.facts()],
            chapters=chapters,
            remarks=[_printable_note(note) for note in book.notes if _printable_note(note) not in told],
            steps=[_printable_step(step) for step in book.steps],
            assumptions=tuple(map(printable, book.assumptions)),
            sources=tuple(map(printable, book.sources)),
            command=printable(book.command),
            style=f"{style}\n{palette.style()}",
            document=_embedded(command, inputs, book),
        )
    )
    out.write("\n")


def _chapters(book: Book, palette: "Palette") -> Iterator[SeenChapter]:
    from scalecalc.render.page_figure import figure_of

    for number, chapter in enumerate(book.chapters(), start=1):
        seen = view(chapter.answer)
        notes = tuple(map(_printable_note, chapter.answer.notes))
        charts = enumerate(chapter.answer.charts, start=1)
        yield SeenChapter(
            anchor=f"chapter-{number}",
            title=printable(chapter.title),
            headline=seen.headline,
            command=printable(chapter.command),
            warnings=tuple(note for note in notes if note.level == "warning"),
            notes=tuple(note for note in notes if note.level != "warning"),
            blocks=tuple(each for each in seen.sections if isinstance(each, Block)),
            grids=tuple(each for each in seen.sections if isinstance(each, Grid)),
            figures=tuple(figure_of(chart, f"figure-{number}-{place}", palette) for place, chart in charts),
        )


def _printable_note(note: Note) -> Note:
    return note.model_copy(update={"message": printable(note.message)})


def _printable_step(step: Step) -> Step:
    texts = {name: printable(text) for name, text in step if text is not None}
    return step.model_copy(update=texts)


def _embedded(command: str, inputs: Inputs, book: Book) -> str:
    """What --json prints, with no sign in it that could end the element, or turn the text around."""
    document = json_text(envelope(command, inputs, book))
    return re.sub(r"[&<>]|[^\x20-\x7e\n]", lambda sign: _as_escape(sign[0]), document)


def _as_escape(sign: str) -> str:
    """The sign as JSON writes it in ASCII, in one or two units of UTF-16."""
    units = sign.encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def _kind(text: str) -> str:
    """The class of a cell: a word too long to set the width of a column, nothing, or a thing to look at."""
    if max(map(len, text.split()), default=0) > LONGEST_WORD:
        return "long"
    return {ABSENT: "absent", "look": "look"}.get(text, "")


def _is_prose(grid: Grid) -> bool:
    """Whether it holds sentences, which a narrow screen shows row by row."""
    return any(len(cell) > LONGEST_CELL for row in grid.rows for cell in row)


@cache
def _template() -> "Template":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def source(name: str) -> str:
        return files("scalecalc.render").joinpath(name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = _kind
    environment.tests["prose"] = _is_prose
    return environment.get_template("page.html.j2")
