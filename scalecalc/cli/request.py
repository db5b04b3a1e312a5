"""A command line that was understood, and how it is answered."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scalecalc.cli.output import written_to
from scalecalc.cli.pages import check_page
from scalecalc.cli.pictures import picture_of, picture_suffix
from scalecalc.cli.refusals import validated
from scalecalc.commands import Command
from scalecalc.problem import ExitCode
from scalecalc.render import Format, write, write_picture
from scalecalc.render.messages import report_notes
from scalecalc.render.progress_bar import shown_progress


@dataclass(frozen=True, slots=True)
class Delivery:
    """How and where an answer is to be written; the options that every command has."""

    form: Format = Format.TABLE
    path: Path | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Which command, with which words, delivered how."""

    command: Command
    words: dict[str, Any]
    delivery: Delivery

    def answer(self) -> ExitCode:
        """Check the inputs, run the command, write what it says, and tell its notes."""
        inputs = validated(self.command.inputs, self.words)
        check_page(self.command, self.delivery.form, self.delivery.path)
        suffix = picture_suffix(self.command, inputs, self.delivery.form, self.delivery.path)
        with shown_progress():
            answer = self.command.run(inputs)
        picture = picture_of(answer) if suffix else None
        with written_to(self.delivery.path) as out:
            if suffix and picture:
                write_picture(picture, suffix, out)
            else:
                write(self.command.name, inputs, answer, self.delivery.form, out)
        if not self.delivery.form.is_json:
            report_notes(answer.notes)
        suspect = any(note.level == "warning" for note in answer.notes)
        return ExitCode.FINDINGS if self.delivery.strict and suspect else ExitCode.ANSWERED
