"""The report on runs: the table and its checks, the fit, its figures, and what to run next."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from scalecalc.commands._fit_inputs import POWERS
from scalecalc.commands._fit_result import FitResult
from scalecalc.commands._forecast import Forecast
from scalecalc.commands._law_file import command_line
from scalecalc.commands._report_data import DataSummary, data_summary
from scalecalc.commands._report_next_runs import NextRuns, next_runs
from scalecalc.commands._report_result import ReportResult, merged, page_line
from scalecalc.commands._report_steps import is_unanswered, saved_fit, steps_after_a_fit
from scalecalc.commands.fit import FitInputs, fit
from scalecalc.quantity import Share, significant
from scalecalc.result import Chapter, Fact

if TYPE_CHECKING:
    from scalecalc.commands.report import ReportInputs
    from scalecalc.run_table import RunTable

    Read = tuple[RunTable, tuple[str, ...]]


MOST_TOLD = 2
"""Budgets that the top of the page tells of; the chapters have all."""


class FitOfTable(FitInputs):
    """A fit to a table that was read already: standard input can be read only once."""

    _read: Any = PrivateAttr()

    @classmethod
    def of(cls, asked: dict[str, Any], read: "Read") -> "FitOfTable":
        """The inputs, with the table that they name."""
        inputs = cls.model_validate(asked)
        inputs._read = read  # noqa: SLF001 - its own attribute
        return inputs

    def table(self) -> "Read":
        """The runs, and remarks on them."""
        read: Read = self._read
        return read


def runs_report(inputs: "ReportInputs") -> ReportResult:
    """The report on a table of runs."""
    if inputs.form == "multi-power":
        return _of_loss_curves(inputs)
    asked = FitInputs.model_validate(inputs.of_kind(FitInputs, approach=inputs.approach or "3"))
    table, remarks = asked.table()
    form = asked.chosen_form(table)
    approach = inputs.approach or ("3" if form in POWERS else "all")
    values = inputs.of_kind(FitInputs, approach=approach)
    found = fit(FitOfTable.of({**values, "plot": True, "show_residuals": True}, (table, remarks)))
    summary = data_summary(table, found, asked.axes)
    line = command_line("fit", FitInputs.model_validate(values))
    found = found.model_copy(update={"residuals": ()})
    runs = _next_runs(inputs, found)
    chapters = [Chapter("The runs", summary), Chapter("The fit", found, line)]
    chapters += [Chapter("The next runs", runs)] if runs else []
    return _report(inputs, tuple(chapters), found, summary, runs)


def _of_loss_curves(inputs: "ReportInputs") -> ReportResult:
    """The same for curves of loss by step, whose table is of another kind."""
    values = inputs.of_kind(FitInputs, approach=inputs.approach or "3")
    found = fit(FitInputs.model_validate({**values, "plot": True}))
    line = command_line("fit", FitInputs.model_validate(values))
    return _report(inputs, (Chapter("The fit", found, line),), found)


def _next_runs(inputs: "ReportInputs", found: FitResult) -> NextRuns | None:
    """The runs to make next; None for a law of one variable, and for a fit that is none."""
    saved = None if is_unanswered(found) else saved_fit(found)
    if saved is None or not saved.form.tokens:
        return None
    return next_runs(saved, float(inputs.budgets[0]) if inputs.budgets else None)


def _report(
    inputs: "ReportInputs",
    chapters: tuple[Chapter, ...],
    found: FitResult,
    data: DataSummary | None = None,
    runs: NextRuns | None = None,
) -> ReportResult:
    table = str(inputs.runs) if data is None else data.source
    budgets = " and ".join(f"{flops} FLOPs" for flops in inputs.budgets[:MOST_TOLD])
    more = " and more" if len(inputs.budgets) > MOST_TOLD else ""
    forecast = f", and what is best for {budgets}{more}?" if budgets and found.forecasts else "?"
    return ReportResult(
        question=f"What law do the runs of {table} follow{forecast}",
        answer=found.verdict
        if is_unanswered(found)
        else found.headline().removesuffix(f" ({found.verdict})"),
        more=() if is_unanswered(found) else (found.verdict, *map(_told, found.forecasts[:MOST_TOLD])),
        steps=tuple(steps_after_a_fit(inputs, data, found, runs)),
        command=page_line(inputs, "report.html"),
        data=data,
        fit=found,
        next_runs=runs,
        parts=chapters,
        figures=() if is_unanswered(found) else tuple(_facts(found)),
        **merged(chapters),
    )


def _told(best: Forecast) -> str:
    """The optimum of a budget in a sentence."""
    params, tokens, loss = best.params.value, best.tokens.value, significant(best.loss.value, 4)
    return (
        f"{best.flops} FLOPs are best spent on {params} parameters and {tokens} tokens, to a loss of {loss}"
    )


def _facts(found: FitResult) -> Iterator[Fact]:
    """The exponents, the floor, the scatter, and the first forecasts."""
    for name, side in (("a", "N* grows as C to the power of"), ("b", "D* grows as C to the power of")):
        if name in found.exponents:
            yield Fact(side, found.exponents[name])
    floor = found.parameters.get("E") or found.parameters.get("L0")
    if floor is not None and floor.low is not None:
        yield Fact("loss that no run gets below", floor, found.loss_unit)
    if not found.exponents:
        yield from (Fact(name, value) for name, value in found.parameters.items() if value is not floor)
    yield Fact("scatter around the law", Share(found.diagnostics.sigma))
    for each in found.forecasts[:MOST_TOLD]:
        yield Fact(f"best model for {each.flops} FLOPs", each.params)
        yield Fact("on tokens", each.tokens)
        yield Fact("to a loss of", each.loss, found.loss_unit)
    for read in found.readings[:MOST_TOLD]:
        yield Fact(f"at {read.flops} FLOPs", read.value)
