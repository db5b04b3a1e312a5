"""A scaling law fitted to training runs: the optimum, with intervals and what the data cannot tell."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from scalecalc.commands._fit_inputs import POWERS, FitOptions
from scalecalc.commands._fit_result import (
    Approach,
    Diagnostics,
    FitResult,
    Influential,
    Objective,
    Residual,
)
from scalecalc.commands._forecast import excess, extrapolation, forecast
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Tokens
from scalecalc.result import Note, Span

if TYPE_CHECKING:
    from scalecalc.commands._intervals import Intervals
    from scalecalc.fitting import Allocation, Fit, Runs
    from scalecalc.run_table import RunTable


class FitInputs(FitOptions):
    """Fit a scaling law to training runs: the optimum, intervals that hold, and what the data cannot tell.

    Columns are found by their common names (params, tokens, flops, loss and their aliases); any two of
    params, tokens and flops give the third by C = 6ND. Other commands take a saved law as --law law.json.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "fit chinchilla",
        "fit llama3 --approach all --at 3.8e25",
        "fit chinchilla --objective huber-1e-3 --ci bootstrap --at 1e24",
        "fit gpt3 --form power --x flops",
    )

    show_residuals: bool = Field(False, description="Print every row against the fit.")
    save: Path | None = Field(None, description="Write the law to this file, e.g. law.json.")


def fit(inputs: FitInputs) -> FitResult:
    """The law that fits the runs best, with everything that is known about how well."""
    from scalecalc import fitting
    from scalecalc.commands._intervals import Intervals

    table, remarks = inputs.table()
    form, (x, y) = chosen_form(inputs, table)
    runs = runs_in(table, form, x, y)
    found = fitting.fit(runs, _request(inputs, form))
    intervals = Intervals(runs, found, inputs)
    two = found.form.tokens
    asked = fitting.optimum_quantities(float(inputs.budgets[0]))[0] if two and inputs.budgets else None
    moved = asked or (
        fitting.allocation_exponents()[0] if two else fitting.parameter_quantities(found.form)[-1]
    )
    farthest = max((excess(found, flops) for flops in inputs.budgets), default=1.0) if two else 1.0
    saved = _save(inputs, found, table, (x, y))
    return FitResult(
        form=form,
        formula=found.form.formula.replace("y =", f"{y} =").replace("x^", f"{x}^"),
        verdict=found.report.sentence,
        parameters=intervals.of(fitting.parameter_quantities(found.form)),
        exponents=intervals.of(fitting.allocation_exponents()) if two else {},
        forecasts=tuple(forecast(intervals, flops) for flops in inputs.budgets) if two else (),
        approaches=_approaches(inputs, runs, intervals) if two else (),
        objective=_objective(found),
        diagnostics=_diagnostics(found),
        moved=moved.name,
        influence=tuple(_influence(table, runs, found, moved)),
        residuals=_residuals(table, runs, found) if inputs.show_residuals else (),
        ranges=_ranges(found, x),
        saved=saved,
        assumptions=_assumptions(inputs, found, y, moved.name),
        notes=(*_notes(remarks), *_notes(found.report.notes), *extrapolation(farthest)),
        sources=(f"{table.name}: {len(table)} rows",),
    )


def chosen_form(inputs: FitOptions, table: "RunTable") -> tuple[str, tuple[str, str]]:
    """The form and the axes (x, y) to fit: as asked, else additive where both N and D vary, else a power."""
    axes = (inputs.x or "flops", inputs.y or "loss")
    if inputs.form is not None:
        return inputs.form, axes
    if inputs.x or inputs.y or table.params is None or table.tokens is None:
        return "power", axes
    both_vary = all(len(set(column.tolist())) > 1 for column in (table.params, table.tokens))
    return ("additive" if both_vary else "power"), axes


def runs_in(table: "RunTable", form: str, x: str, y: str) -> "Runs":
    """The rows as the fitter takes them."""
    from scalecalc.fitting import runs_of

    if form in POWERS:
        return runs_of(table.column(x), None, table.column(y), table.weights, table.runs)
    columns = (table.column("params"), table.column("tokens"), table.column("loss"))
    return runs_of(*columns, table.weights, table.runs)


def _request(inputs: FitInputs, form: str) -> Any:
    from scalecalc.fitting import FORMS, Request

    known = [parameter.name for parameter in FORMS[form].parameters]
    for option, names in (("--fix", inputs.fixed), ("--bounds", inputs.limits)):
        for name in names:
            if name not in known:
                raise Problem(
                    "value", f"{option}: {form} has no parameter {name!r}", f"it has {', '.join(known)}"
                )
    for name, (low, high) in inputs.limits.items():
        if not low < high:
            raise Problem(
                "value", f"--bounds: {name} from {low:g} to {high:g} holds nothing", "write LOW..HIGH"
            )
    return Request(form, inputs.objective, inputs.fixed, inputs.limits)


def _approaches(inputs: FitInputs, runs: "Runs", intervals: "Intervals") -> tuple[Approach, ...]:
    """N*(C) and D*(C) by the approaches asked for; those of the surface come from the fit itself."""
    from scalecalc.fitting import isoflop_parabolas, minimum_envelope

    wanted = ("1", "2", "3") if inputs.approach == "all" else (inputs.approach,)
    level = float(inputs.level)
    by_name = {
        "1": lambda: _lines(minimum_envelope(runs), level),
        "2": lambda: _lines(isoflop_parabolas(runs), level),
        "3": lambda: _of_surface(intervals),
    }
    return tuple(by_name[approach]() for approach in wanted)


def _lines(found: "Allocation", level: float) -> Approach:
    from scalecalc.commands._intervals import as_estimate

    return Approach(
        approach=found.approach,
        params_coefficient=found.params.coefficient,
        params_exponent=as_estimate(found.params.exponent_interval(level)),
        tokens_coefficient=found.tokens.coefficient,
        tokens_exponent=as_estimate(found.tokens.exponent_interval(level)),
        budgets=len(found.optima[0]),
    )


def _of_surface(intervals: "Intervals") -> Approach:
    """The surface's own N* = G (C/6)**a and D* = (C/6)**b / G."""
    from math import exp, log

    from scalecalc.fitting import allocation_exponents, optimum_quantities

    exponents = intervals.of(allocation_exponents())
    a, b = float(exponents["a"].value), float(exponents["b"].value)
    sizes = intervals.of(optimum_quantities(6e21)[:2])
    return Approach(
        approach=3,
        params_coefficient=exp(log(sizes["params"].value) - a * log(6e21)),
        params_exponent=exponents["a"],
        tokens_coefficient=exp(log(sizes["tokens"].value) - b * log(6e21)),
        tokens_exponent=exponents["b"],
        budgets=None,
    )


def _objective(found: "Fit") -> Objective:
    report = found.report
    return Objective(name=report.objective, value=report.value, rows=report.rows, delta=report.delta)


def _diagnostics(found: "Fit") -> Diagnostics:
    from math import isfinite

    report = found.report
    return Diagnostics(
        starts=report.starts,
        agreeing=report.agreeing,
        gradient_norm=report.gradient_norm,
        smallest_eigenvalue=report.smallest_eigenvalue,
        condition=report.condition if isfinite(report.condition) else None,
        at_bound=dict(report.at_bound),
        effective_runs=report.effective_runs,
        degrees=found.degrees,
        sigma=found.sigma,
        noise=found.noise,
    )


def _ranges(found: "Fit", x: str) -> dict[str, Span]:
    """What the rows span, each in its own quantity; a law of one variable holds it under its own name."""
    ends = dict(found.ranges)
    if not found.form.tokens:
        ends[x] = ends.pop("params")
    kinds = {"params": Params, "tokens": Tokens, "flops": Flops, "loss": float}
    return {name: Span(low=kinds[name](low), high=kinds[name](high)) for name, (low, high) in ends.items()}


def _influence(table: "RunTable", runs: "Runs", found: "Fit", moved: Any) -> list[Influential]:
    from scalecalc.fitting import influence

    return [
        Influential(
            line=table.lines[each.row],
            params=_optional(Params, table.params, each.row),
            tokens=_optional(Tokens, table.tokens, each.row),
            loss=float(runs.loss[each.row]),
            residual=each.residual,
            leverage=each.leverage,
            shift=each.standard_errors,
        )
        for each in influence(runs, found, moved)
    ]


def _residuals(table: "RunTable", runs: "Runs", found: "Fit") -> tuple[Residual, ...]:
    from math import exp

    from scalecalc.fitting import observed_minus_fitted

    return tuple(
        Residual(
            line=table.lines[row],
            params=_optional(Params, table.params, row),
            tokens=_optional(Tokens, table.tokens, row),
            loss=float(runs.loss[row]),
            fitted=float(runs.loss[row]) * exp(-residual),
            residual=float(residual),
        )
        for row, residual in enumerate(observed_minus_fitted(runs, found))
    )


def _optional(kind: Any, column: Any, row: int) -> Any:
    return None if column is None else kind(float(column[row]))


def _save(inputs: FitInputs, found: "Fit", table: "RunTable", axes: tuple[str, str]) -> str | None:
    """Write the law file, whole or not at all; its path as text."""
    if inputs.save is None:
        return None
    from scalecalc.commands._law_file import law_file
    from scalecalc.files import written_whole

    document = law_file(found, table, axes, {"counts": inputs.counts})
    with written_whole(inputs.save) as out:
        json.dump(document, out, indent=2, allow_nan=False)
        out.write("\n")
    return str(inputs.save)


def _assumptions(inputs: FitInputs, found: "Fit", y: str, moved: str) -> tuple[str, ...]:
    report = found.report
    scale = f"{report.objective}, summed over {report.rows} rows"
    intervals = f"{inputs.level} intervals by {inputs.ci}; influence is told on {moved}"
    if inputs.ci == "delta":
        intervals += f", Student's t with {found.degrees:g} degrees of freedom"
    elif inputs.ci in ("bootstrap", "wild"):
        intervals += f", {inputs.resamples} resamples, seed {inputs.seed}"
    convention = (f"C = 6ND; N counts {inputs.counts} parameters",) if found.form.tokens else ()
    return (f"objective: {scale}", intervals, *convention, f"{y} in the unit of the table")


def _notes(texts: tuple[str, ...]) -> tuple[Note, ...]:
    return tuple(Note(code="fit", message=text) for text in texts)
