"""What to do after a fit: mend what is wrong, test the law, make the runs that tell most, use the law."""

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scalecalc.commands._fit_result import FitResult
from scalecalc.commands._forecast import Forecast, forecast_by_file
from scalecalc.commands._law_file import command_line
from scalecalc.commands._report_data import DataSummary
from scalecalc.commands._report_inputs import ReportOptions
from scalecalc.commands._report_next_runs import NextRuns
from scalecalc.commands.fit import FitInputs
from scalecalc.quantity import Flops, significant
from scalecalc.result import Estimate, Note, Step

if TYPE_CHECKING:
    from scalecalc.fitting import Fit

UNANSWERED = ("not-identifiable", "not-converged")
"""Codes of notes on fits whose numbers are no finding."""

BEYOND = 2.0
"""Times the largest compute at which a run puts the law to the test; beyond, intervals soon fail."""


def is_unanswered(found: FitResult) -> bool:
    """Whether the fit has no answer in its numbers."""
    return any(note.code in UNANSWERED for note in found.notes)


def saved_fit(found: FitResult) -> "Fit | None":
    """The fit behind the result; None where it is no law that a file could hold, or of loss curves."""
    from scalecalc.fitting import from_record

    if found.law is None or found.form == "multi-power":
        return None
    return from_record(found.law["fit"])


def steps_after_a_fit(
    inputs: ReportOptions, data: DataSummary | None, found: FitResult, runs: NextRuns | None
) -> Iterator[Step]:
    """The steps, the most urgent first."""
    for note in found.notes:
        if note.code in (*UNANSWERED, "at-bound"):
            yield _mend(note)
    for check in data.checks if data else ():
        if check.remedy:
            yield Step(what=check.remedy, why=f"{check.check}: {check.found}")
    if is_unanswered(found):
        return
    tested = _forecast_beyond(found)
    if tested is not None:
        yield _test(tested, found)
    if runs is not None:
        first = runs.runs[0]
        what = f"make the next runs, first {first.params} parameters on {first.tokens} tokens"
        yield Step(what=what, why=runs.headline())
    if found.law is not None:
        yield from _use(inputs, tested)


def _mend(note: Note) -> Step:
    """A finding against the fit; of an answer that is none, the note ends in the remedy."""
    if note.code not in UNANSWERED:
        return Step(what="take the other intervals for too narrow", why=note.message)
    place = max(note.message.rfind(": "), note.message.rfind("; "))
    return Step(what=note.message[place + 2 :], why=note.message[: max(place, 0)])


def _forecast_beyond(found: FitResult) -> Forecast | None:
    """The optimum of somewhat more compute than was run, with intervals."""
    fit = saved_fit(found)
    if fit is None or not fit.form.tokens:
        return None
    return forecast_by_file(fit, float(f"{BEYOND * fit.ranges['flops'][1]:.2g}"))


def _test(tested: Forecast, found: FitResult) -> Step:
    """A run that the law could fail."""
    params, tokens, new = tested.params.value, tested.tokens.value, tested.loss_of_new_run
    told = f"the law expects a loss of {_interval(new)} {found.loss_unit} of this run of {tested.flops} FLOPs"
    return Step(
        what=f"put the law to the test: train {params} parameters on {tokens} tokens",
        why=f"{told}; a loss outside says that it bends",
    )


def _interval(found: Estimate) -> str:
    value = significant(found.value, 4)
    if found.low is None or found.high is None:
        return value
    return f"{value} ({significant(found.low, 4)} to {significant(found.high, 4)})"


def _use(inputs: ReportOptions, tested: Forecast | None) -> Iterator[Step]:
    """How the law is kept, and followed by other commands."""
    asked = FitInputs.model_validate(inputs.of_kind(FitInputs, approach="3", at=[]))
    line = f"{command_line('fit', asked)} --save law.json"
    yield Step(what="keep the law in a file", why="every command that takes --law follows it", command=line)
    flops = inputs.budgets[0] if inputs.budgets else tested.flops if tested else None
    if tested is not None and flops is not None:
        plan = ["scalecalc", "report", "--plan", "--flops", str(Flops(flops)), "--law", "law.json"]
        yield Step(
            what="plan the run by it",
            why="size, tokens, GPU-hours, memory, learning rate and schedule on one page",
            command=f"{shlex.join(plan)} -o plan.html",
        )
