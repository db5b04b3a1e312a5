"""What a report answers: the answers of the commands that it is made of, and their chapters."""

from collections.abc import Callable, Iterable

from pydantic import Field

from scalecalc.commands._fit_result import FitResult
from scalecalc.commands._hyperparameter_rows import HyperparametersResult
from scalecalc.commands._law_file import command_line
from scalecalc.commands._optimal_rows import OptimalResult
from scalecalc.commands._report_data import DataSummary
from scalecalc.commands._report_inputs import ReportOptions
from scalecalc.commands._report_next_runs import NextRuns
from scalecalc.commands.gpu_hours import GpuHoursResult
from scalecalc.commands.memory import MemoryResult
from scalecalc.commands.schedule import ScheduleResult
from scalecalc.result import Book, Chapter, Fact, Note, Result, Row


class Heading(Row):
    """A chapter in one row: its title, its answer, and the command line that gives it alone."""

    chapter: str
    answer: str
    command: str


class ReportResult(Book):
    """Question, answer, and the answers of the commands that it is made of; null where it is not asked."""

    data: DataSummary | None = Field(None, description="What the table of runs holds.")
    fit: FitResult | None = None
    next_runs: NextRuns | None = Field(None, description="Null where the fit does not tell.")
    optimal: OptimalResult | None = None
    gpu_hours: GpuHoursResult | None = None
    memory: MemoryResult | None = None
    hyperparameters: HyperparametersResult | None = None
    schedule: ScheduleResult | None = None
    parts: tuple[Chapter, ...] = Field((), exclude=True)
    figures: tuple[Fact, ...] = Field((), exclude=True)

    def facts(self) -> tuple[Fact, ...]:
        """The few figures to be seen first."""
        return self.figures

    def chapters(self) -> tuple[Chapter, ...]:
        """The answers of the commands, in reading order."""
        return self.parts

    def records(self) -> tuple[Heading, ...]:
        """One row for each chapter."""
        return tuple(
            Heading(chapter=each.title, answer=each.answer.headline(), command=each.command)
            for each in self.parts
        )


def merged(chapters: Iterable[Chapter], also: tuple[Note, ...] = ()) -> dict[str, tuple[object, ...]]:
    """What the chapters assume, remark on and go back to, each once."""
    answers = [each.answer for each in chapters]

    def every(of: Callable[[Result], tuple[object, ...]]) -> tuple[object, ...]:
        return tuple(dict.fromkeys(one for answer in answers for one in of(answer)))

    return {
        "assumptions": every(lambda answer: answer.assumptions),
        "notes": tuple(dict.fromkeys((*every(lambda answer: answer.notes), *also))),
        "sources": every(lambda answer: answer.sources),
    }


def page_line(inputs: ReportOptions, name: str) -> str:
    """The command line that writes the page again."""
    return f"{command_line('report', inputs)} -o {name}"
