"""The parts of a fit's answer: figures, diagnostics, influential rows, notes, and the law as a file."""

import json
from functools import cached_property
from math import exp, isfinite
from typing import TYPE_CHECKING, Any

from scalecalc.commands._approaches import Factor
from scalecalc.commands._fit_inputs import constant_column
from scalecalc.commands._fit_result import Diagnostics, Influential, Objective, Residual
from scalecalc.commands._intervals import Kinds, as_figure
from scalecalc.commands._law_file import command_line, law_file
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Tokens
from scalecalc.result import Estimate, Note, Span

if TYPE_CHECKING:
    from scalecalc.commands._intervals import Intervals
    from scalecalc.commands.fit import FitInputs
    from scalecalc.fitting import Quantity, Runs
    from scalecalc.run_table import RunTable

DEFAULT_UNIT = "nats/token"

SHARP = ("huber-1e-3", "huber-raw")
"""Objectives whose threshold lies far below the noise, so that few rows decide."""


class FitReport:
    """One fit, told part by part."""

    def __init__(self, inputs: "FitInputs", table: "RunTable", runs: "Runs", intervals: "Intervals") -> None:
        self.inputs = inputs
        self.table = table
        self.runs = runs
        self.intervals = intervals
        self.fit = intervals.fit
        self.two = intervals.fit.form.tokens

    @property
    def formula(self) -> str:
        """The form with the names of its columns."""
        x, y = self.inputs.axes
        return self.fit.form.formula.replace("y =", f"{y} =").replace("x^", f"{x}^")

    @property
    def loss_unit(self) -> str:
        """As asked for, or as the table says, or nats per token."""
        named = self.table.loss_units
        return self.inputs.loss_unit or (named[0] if len(named) == 1 else DEFAULT_UNIT)

    @cached_property
    def moved(self) -> "Quantity":
        """What influence is told on: N* at the first budget, else the exponent of N*, or of the power."""
        from scalecalc.fitting import allocation_exponents, optimum_quantities, parameter_quantities

        if not self.two:
            return parameter_quantities(self.fit.form)[-1]
        budgets = self.inputs.budgets
        return optimum_quantities(float(budgets[0]))[0] if budgets else allocation_exponents()[0]

    def parameters(self) -> dict[str, Estimate]:
        """Every natural parameter; scales are printed like quantities."""
        from scalecalc.fitting import parameter_quantities

        kinds: Kinds = {
            each.name: Factor for each in self.fit.form.parameters if each.kind in ("scale", "pivot")
        }
        still = {
            **dict.fromkeys(self.fit.report.at_bound, "at a bound"),
            **dict.fromkeys(self.fit.fixed, "held"),
        }
        free = [each for each in parameter_quantities(self.fit.form) if each.name not in still]
        found = self.intervals.of(free, kinds)
        for name, why in still.items():
            value = as_figure(kinds.get(name, float), self.fit.parameters[name])
            found[name] = Estimate(value=value, method=why)
        return {each.name: found[each.name] for each in self.fit.form.parameters}

    def objective(self) -> Objective:
        """What was minimized, and its least value."""
        report = self.fit.report
        return Objective(name=report.objective, value=report.value, rows=report.rows, delta=report.delta)

    def diagnostics(self) -> Diagnostics:
        """How sharp the optimum is."""
        report = self.fit.report
        return Diagnostics(
            starts=report.starts,
            agreeing=report.agreeing,
            gradient_norm=report.gradient_norm,
            smallest_eigenvalue=report.smallest_eigenvalue,
            condition=report.condition if isfinite(report.condition) else None,
            at_bound=dict(report.at_bound),
            effective_runs=report.effective_runs,
            degrees=self.fit.degrees,
            sigma=self.fit.sigma,
            noise=self.fit.noise,
        )

    def ranges(self) -> dict[str, Span]:
        """What the rows span, each in its own quantity; a law of one variable names both its axes."""
        ends = dict(self.fit.ranges)
        if not self.two:
            x, y = self.inputs.axes
            ends = {x: ends["params"], y: ends["loss"]}
        kinds: dict[str, Any] = {"params": Params, "tokens": Tokens, "flops": Flops}
        return {
            name: Span(low=as_figure(kind, low), high=as_figure(kind, high))
            for name, (low, high) in ends.items()
            for kind in (kinds.get(name, float),)
        }

    def influence(self) -> tuple[Influential, ...]:
        """The five rows that move the answer most."""
        from scalecalc.fitting import influence

        return tuple(
            Influential(
                **self._row(each.row),
                residual=each.residual,
                leverage=each.leverage,
                shift=each.standard_errors,
            )
            for each in influence(self.runs, self.fit, self.moved)
        )

    def residuals(self) -> tuple[Residual, ...]:
        """Every row against the fit."""
        from scalecalc.fitting import observed_minus_fitted

        return tuple(
            Residual(
                **self._row(row), fitted=float(self.runs.loss[row]) * exp(-residual), residual=float(residual)
            )
            for row, residual in enumerate(observed_minus_fitted(self.runs, self.fit))
        )

    def _row(self, row: int) -> dict[str, Any]:
        params, tokens = self.table.params, self.table.tokens
        return {
            "line": self.table.lines[row],
            "params": None if params is None else as_figure(Params, float(params[row])),
            "tokens": None if tokens is None else as_figure(Tokens, float(tokens[row])),
            "loss": float(self.runs.loss[row]),
        }

    def law(self) -> dict[str, Any] | None:
        """The law as a file holds it; None, or a Problem if it is to be saved, where it is no law."""
        from scalecalc.fitting import Verdict

        conventions = {"counts": self.inputs.counts, "loss_unit": self.loss_unit}
        if self.fit.report.verdict is not Verdict.OPTIMUM:
            conventions["warning"] = self.fit.report.sentence
        line = command_line("fit", self.inputs)
        try:
            return law_file(self.fit, self.table, self.inputs.axes, conventions, line)
        except Problem:
            if self.inputs.save is not None:
                raise
            return None

    def saved(self, law: dict[str, Any] | None) -> str | None:
        """Write the law file, whole or not at all; its path as text."""
        if self.inputs.save is None:
            return None
        from scalecalc.files import written_whole

        with written_whole(self.inputs.save) as out:
            json.dump(law, out, indent=2, allow_nan=False)
            out.write("\n")
        return str(self.inputs.save)

    def assumptions(self) -> tuple[str, ...]:
        """What was minimized, how intervals were made, and the conventions."""
        inputs, report = self.inputs, self.fit.report
        intervals = f"{inputs.level} intervals by {inputs.ci}"
        if inputs.ci == "delta":
            intervals += f", Student's t with {self.fit.degrees:g} degrees of freedom"
        elif inputs.ci in ("bootstrap", "wild"):
            intervals += f", {inputs.resamples} resamples, seed {inputs.seed}"
        y = inputs.axes[1]
        return (
            f"objective: {report.objective}, summed over {report.rows} rows",
            f"{intervals}; influence is told on {self.moved.name}",
            *((f"C = 6ND; N counts {inputs.counts} parameters",) if self.two else ()),
            f"loss in {self.loss_unit}" if self.two or y == "loss" else f"{y} in the unit of the table",
        )

    def notes(self, remarks: tuple[str, ...]) -> tuple[Note, ...]:
        """What was done to the table, what the fitter found, and where not to trust its intervals."""
        told = [Note(code="table", message=text) for text in remarks]
        told += [Note(code="fit", message=text) for text in (*self._form_notes(), *self.fit.report.notes)]
        return (*told, *self._verdict_notes(), *self._interval_notes())

    def _form_notes(self) -> list[str]:
        """Why a law of one variable was fitted to a table of two, where nobody asked for one."""
        asked = self.inputs.form or self.inputs.x or self.inputs.y
        same = None if self.two or asked else constant_column(self.table)
        if same is None:
            return []
        return [
            f"{same} are the same in every row, so that {self.formula} is fitted; vary them for a law of both"
        ]

    def _verdict_notes(self) -> list[Note]:
        from scalecalc.fitting import Verdict

        report = self.fit.report
        if report.verdict is Verdict.OPTIMUM:
            return []
        if report.verdict is Verdict.AT_BOUND:
            names = " and ".join(report.at_bound)
            text = f"{report.sentence}; the other intervals take {names} for certain, and so are too narrow"
            return [Note(code="at-bound", message=text)]
        remedy = "add rows that differ, hold a parameter with --fix, or fit a form with fewer of them"
        text = f"{report.sentence}; read no number here as a finding: {remedy}"
        return [Note(code=report.verdict.name.lower().replace("_", "-"), message=text, level="warning")]

    def _interval_notes(self) -> list[Note]:
        inputs, draws, told = self.inputs, self.intervals.draws, []
        if inputs.ci == "delta" and self.fit.report.objective in SHARP:
            told.append(SHARP_NOTE.format(self.fit.report.objective))
        if inputs.ci == "profile" and self.fit.noise != "equal":
            told.append(
                f"profile intervals take the noise for equal and independent; here it is {self.fit.noise}"
            )
        if draws is not None and draws.converged < 1:
            told.append(
                f"{100 * (1 - draws.converged):.2g} % of the refits did not converge and are left out"
            )
        if draws is not None and draws.degenerate > 0:
            share = f"{100 * draws.degenerate:.2g} % of the resamples"
            told.append(f"{share} hold no more different rows than parameters and are left out")
        return [Note(code="intervals", message=text) for text in told]


SHARP_NOTE = (
    "delta intervals of {} rest on how densely residuals lie around zero; simulated with equal normal noise, "
    "those meant to cover 95 % covered 90 to 98 %; --ci bootstrap needs no such guess"
)
