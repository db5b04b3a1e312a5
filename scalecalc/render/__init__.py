"""A Result as a rich table, JSON, JSON Lines, CSV, Markdown, a figure or a page. Knows no command."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from scalecalc.result import Book, Drawing, Inputs, Result, Stream

if TYPE_CHECKING:
    from scalecalc.chart import Picture

SUFFIXES = (".svg", ".pdf", ".png")
"""The kinds of file that a picture is written as."""


class Format(StrEnum):
    """What standard output is to carry."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"

    @property
    def is_json(self) -> bool:
        """Whether a problem, too, is told as JSON on standard output."""
        return self in (Format.JSON, Format.JSONL)


def printable(text: str) -> str:
    """The text in one line, with signs that a terminal would obey written as escapes."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)


def write(command: str, inputs: Inputs, answer: Result | Stream, form: Format, out: TextIO) -> None:
    """Write the answer in that format; only what the format needs is imported."""
    if isinstance(answer, Book) and form is Format.TABLE:
        from scalecalc.render import page

        page.draw(command, inputs, answer, out)
        return
    if form in (Format.TABLE, Format.MARKDOWN):
        _write_view(answer, form, out)
        return
    from scalecalc.render import machine

    if form is Format.JSON:
        machine.write_json(command, inputs, answer, out)
    elif form is Format.JSONL:
        machine.write_json_lines(answer, out)
    else:
        machine.write_csv(answer, out)


def write_picture(picture: "Picture", suffix: str, out: TextIO) -> None:
    """Write the picture as a file of that suffix; a file for text takes the bytes as they are."""
    from scalecalc.render import figure

    figure.write(picture, suffix, out.buffer)


def _write_view(answer: Result | Stream, form: Format, out: TextIO) -> None:
    if isinstance(answer, Drawing) and form is Format.TABLE:
        from scalecalc.render.figure import text

        out.write(text(answer.picture()))
        return
    if isinstance(answer, Book):
        from scalecalc.render import markdown

        markdown.draw_book(answer, out)
        return
    document = answer.document() if isinstance(answer, Result) else None
    if document is not None:
        _write_document(document, form, out)
        return
    from scalecalc.render.view import view, view_of_stream

    seen = view(answer) if isinstance(answer, Result) else view_of_stream(answer)
    if form is Format.MARKDOWN:
        from scalecalc.render import markdown

        markdown.draw(seen, out)
    else:
        from scalecalc.render import screen

        screen.draw(seen, out, answer.charts)


def _write_document(document: Any, form: Format, out: TextIO) -> None:
    """A text as it stands, anything else as JSON."""
    if isinstance(document, str):
        language, text = "", document
    else:
        from scalecalc.render.machine import json_text

        language, text = "json", json_text(document)
    fence = (f"```{language}\n", "\n```\n") if form is Format.MARKDOWN else ("", "\n")
    out.write(text.join(fence))
