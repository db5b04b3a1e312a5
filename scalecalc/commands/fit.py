"""A scaling law fitted to training runs: the optimum, with intervals and what the data cannot tell."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from scalecalc.commands._approaches import Comparison
from scalecalc.commands._fit_inputs import POWERS, FitOptions
from scalecalc.commands._fit_report import FitReport
from scalecalc.commands._fit_result import FitResult
from scalecalc.commands._forecast import Reading, excess, extrapolation, forecast, reading
from scalecalc.problem import Problem
from scalecalc.result import Plotted

if TYPE_CHECKING:
    from scalecalc.commands._intervals import Intervals
    from scalecalc.fitting import Runs
    from scalecalc.run_table import RunTable


class FitInputs(Plotted, FitOptions):
    """Fit a scaling law to training runs: the optimum, intervals that hold, and what the data cannot tell.

    Columns are found by their common names (params, tokens, flops, loss and their aliases); any two of
    params, tokens and flops give the third by C = 6ND. Other commands take a saved law as --law law.json.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "fit chinchilla",
        "fit llama3 --approach all --at 3.8e25",
        "fit chinchilla --objective huber-1e-3 --ci bootstrap --at 1e24",
        "fit gpt3 --form power --x flops --plot",
    )

    show_residuals: bool = Field(False, description="Print every row against the fit.")
    save: Path | None = Field(None, description="Write the law to this file, e.g. law.json.")


def fit(inputs: FitInputs) -> FitResult:
    """The law that fits the runs best, with everything that is known about how well."""
    if inputs.form == "multi-power":
        from scalecalc.commands._fit_multi_power import fit_multi_power_law

        return fit_multi_power_law(inputs)
    from scalecalc import fitting
    from scalecalc.commands._intervals import Intervals

    table, remarks = inputs.table()
    form, axes = inputs.chosen_form(table), inputs.axes
    _refuse_what_one_variable_lacks(inputs, form, axes)
    runs = runs_in(table, form, axes)
    found = fitting.fit(runs, inputs.request(form))
    two = found.form.tokens
    intervals = Intervals(runs, found, inputs)
    compared = Comparison(inputs.approach, runs, intervals) if two else None
    report = FitReport(inputs, table, runs, intervals)
    farthest = max((excess(found, flops) for flops in inputs.budgets), default=1.0)
    law = report.law()
    result = FitResult(
        form=form,
        formula=report.formula,
        verdict=found.report.sentence,
        parameters=report.parameters(),
        fixed=dict(found.fixed),
        exponents=intervals.of(fitting.allocation_exponents()) if two else {},
        forecasts=tuple(forecast(intervals, flops) for flops in inputs.budgets) if two else (),
        readings=() if two else _readings(intervals, inputs),
        approaches=compared.rows() if compared else (),
        optima=compared.optima(inputs.budgets) if compared else (),
        objective=report.objective(),
        diagnostics=report.diagnostics(),
        moved=report.moved.name,
        influence=report.influence(),
        residuals=report.residuals() if inputs.show_residuals else (),
        ranges=report.ranges(),
        loss_unit=report.loss_unit,
        law=law,
        assumptions=report.assumptions(),
        notes=(
            *report.notes(remarks),
            *(compared.notes if compared else ()),
            *extrapolation(farthest),
        ),
        sources=(f"{table.name}: {len(table)} rows",),
        saved=report.saved(law),
    )
    return _with_charts(inputs, result, intervals, compared) if inputs.plot else result


def _with_charts(
    inputs: FitInputs, result: FitResult, intervals: "Intervals", compared: Comparison | None
) -> FitResult:
    """The result with its charts: the frontier, residuals, and what other approaches find."""
    from scalecalc.commands._charts import charted
    from scalecalc.commands._fit_charts import FitCharts

    assert intervals.runs is not None  # noqa: S101 - a fit just made has its runs
    level = float(intervals.options.level)
    drawn = FitCharts(intervals.runs, intervals.fit, result.loss_unit, inputs.axes, level)
    lines = compared.lines if compared else {}
    approaches = (
        drawn.profiles(lines[2]) if 2 in lines else None,
        drawn.allocation(lines) if lines else None,
    )
    return charted(result, (drawn.frontier(inputs.budgets), drawn.residuals(), *approaches))


def runs_in(table: "RunTable", form: str, axes: tuple[str, str]) -> "Runs":
    """The rows as the fitter takes them."""
    from scalecalc.fitting import runs_of

    if form in POWERS:
        x, y = map(table.column, axes)
        return runs_of(x, None, y, table.weights, table.runs)
    columns = (table.column("params"), table.column("tokens"), table.column("loss"))
    return runs_of(*columns, table.weights, table.runs)


def _refuse_what_one_variable_lacks(inputs: FitInputs, form: str, axes: tuple[str, str]) -> None:
    """A law of one variable has no allocation, and a forecast only for its own variable."""
    if form not in POWERS:
        return
    if inputs.approach != "3":
        raise Problem(
            "conflict",
            f"--approach {inputs.approach} needs a law of params and tokens, and this is one of {axes[0]}",
            "fit --form additive to runs in which both vary",
        )
    if inputs.at and axes[0] != "flops":
        raise Problem(
            "conflict",
            f"--at is a budget in FLOPs, and this is a law of {axes[0]}",
            "fit --x flops, or ask a saved law by `scalecalc predict`",
        )


def _readings(intervals: "Intervals", inputs: FitInputs) -> tuple[Reading, ...]:
    return tuple(reading(intervals, flops, inputs.axes[1]) for flops in inputs.budgets)
