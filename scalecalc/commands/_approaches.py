"""N*(C) and D*(C) by the three approaches of Hoffmann et al. 2022, side by side."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import exp, log
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Tokens, significant
from scalecalc.quantity.number import scientific
from scalecalc.quantity.plain import PlainNumber
from scalecalc.result import Estimate, Note, Row

if TYPE_CHECKING:
    from scalecalc.commands._intervals import Intervals
    from scalecalc.fitting import Allocation, Runs

LARGEST_LOG = 600.0
"""Logarithm up to which a factor is a number."""

Choice = Literal["1", "2", "3", "all"]


class Factor(PlainNumber):
    """The number before a power, to three digits.

    >>> str(Factor(498.03)), str(Factor(38268695.2)), str(Factor(4.36e-9))
    ('498', '3.83e7', '4.36e-9')
    """

    __slots__ = ()

    noun = "a coefficient"
    metavar = "NUMBER"
    grammar = "482, 1.3e9"

    def __str__(self) -> str:
        return significant(self) if 1e-3 <= self < 1e6 else scientific(self)


class Approach(Row):
    """N* = params_coefficient C**a and D* = tokens_coefficient C**b, by one approach."""

    approach: int
    params_coefficient: Factor | None = Field(
        title="N* factor", description="Null where it leaves the range of numbers."
    )
    params_exponent: Estimate = Field(title="a, of N*")
    tokens_coefficient: Factor | None = Field(title="D* factor")
    tokens_exponent: Estimate = Field(title="b, of D*")
    budgets: int | None = Field(title="budgets", description="Optima that the lines pass through.")


class ApproachOptimum(Row):
    """The optimum of a budget by one approach."""

    flops: Flops = Field(title="compute")
    approach: int
    params: Estimate = Field(title="model size")
    tokens: Estimate = Field(title="training tokens")


class Comparison:
    """The approaches asked for, on the same runs; approach 3 is the fit itself."""

    def __init__(self, choice: Choice, runs: "Runs", intervals: "Intervals") -> None:
        self.runs = runs
        self.intervals = intervals
        self.level = float(intervals.options.level)
        self.notes: list[Note] = []
        self.lines: dict[int, Allocation] = {}
        self.wanted = (1, 2, 3) if choice == "all" else (int(choice),)
        for approach in self.wanted:
            if approach != 3:
                self._try(approach, only=choice != "all")
        if 2 in self.lines:
            self.notes.append(self._bias())

    def _try(self, approach: int, *, only: bool) -> None:
        """One approach by lines; where several were asked for, why it fails is a note."""
        try:
            found = _by_lines(approach)(self.runs)
        except Problem as problem:
            if only:
                raise
            self.notes.append(Note(code="approach", message=problem.message))
            return
        self.lines[approach] = found
        if found.left_out:
            told = "; ".join(f"{flops:.3g} FLOPs: {why}" for flops, why in found.left_out[:3])
            more = ", ..." if len(found.left_out) > 3 else ""
            message = f"approach {approach} leaves out {len(found.left_out)} budgets ({told}{more})"
            self.notes.append(Note(code="approach", message=message))

    def rows(self) -> tuple[Approach, ...]:
        """A row for each approach."""
        return tuple(
            self._of_surface() if approach == 3 else self._of_lines(self.lines[approach])
            for approach in self.wanted
            if approach == 3 or approach in self.lines
        )

    def optima(self, budgets: Iterable[Flops]) -> tuple[ApproachOptimum, ...]:
        """A row for each budget and approach; none where approach 3 stands alone: see its forecast."""
        if not self.lines:
            return ()
        return tuple(
            self._optimum(approach, flops)
            for flops in budgets
            for approach in self.wanted
            if approach == 3 or approach in self.lines
        )

    def _optimum(self, approach: int, flops: Flops) -> ApproachOptimum:
        from scalecalc.commands._intervals import as_estimate
        from scalecalc.fitting import optimum_quantities

        if approach == 3:
            kinds = {"params": Params, "tokens": Tokens}
            found = self.intervals.of(optimum_quantities(float(flops))[:2], kinds)
            return ApproachOptimum(flops=flops, approach=3, **found)
        line = self.lines[approach]
        return ApproachOptimum(
            flops=flops,
            approach=approach,
            params=as_estimate(line.params.at(float(flops), self.level), Params),
            tokens=as_estimate(line.tokens.at(float(flops), self.level), Tokens),
        )

    def _of_lines(self, found: "Allocation") -> Approach:
        from scalecalc.commands._intervals import as_estimate

        return Approach(
            approach=found.approach,
            params_coefficient=_factor(log(found.params.coefficient)),
            params_exponent=as_estimate(found.params.exponent_interval(self.level)),
            tokens_coefficient=_factor(log(found.tokens.coefficient)),
            tokens_exponent=as_estimate(found.tokens.exponent_interval(self.level)),
            budgets=len(found.optima[0]),
        )

    def _of_surface(self) -> Approach:
        """The surface's own N* = G (C/6)**a and D* = (C/6)**b / G."""
        from scalecalc.fitting import allocation_exponents, optimum_quantities

        exponents = self.intervals.of(allocation_exponents())
        a, b = float(exponents["a"].value), float(exponents["b"].value)
        params, tokens = (
            float(quantity.of(self.intervals.fit.theta, self.intervals.fit.centers))
            for quantity in optimum_quantities(6e21)[:2]
        )
        return Approach(
            approach=3,
            params_coefficient=_factor(params - a * log(6e21)),
            params_exponent=exponents["a"],
            tokens_coefficient=_factor(tokens - b * log(6e21)),
            tokens_exponent=exponents["b"],
            budgets=None,
        )

    def _bias(self) -> Note:
        """What approach 2 would find if the fitted surface were the truth and the runs had no noise."""
        import numpy as np

        from scalecalc.fitting import (
            allocation_exponents,
            isoflop_parabolas,
            observed_minus_fitted,
            optimum_quantities,
        )

        fit = self.intervals.fit
        fitted = self.runs.loss * np.exp(-observed_minus_fitted(self.runs, fit))
        try:
            found = isoflop_parabolas(replace(self.runs, loss=fitted))
        except Problem:
            text = "its bias cannot be told here: on the fitted surface itself it finds too few optima"
            return Note(code="approach-2-bias", message=f"approach 2 takes a parabola for the loss; {text}")
        largest = max(float(flops) for flops in self.lines[2].optima[0])
        truth = float(optimum_quantities(largest)[0].of(fit.theta, fit.centers))
        shift = found.params.at(largest).value / exp(truth)
        exponent = float(allocation_exponents()[0].of(fit.theta, fit.centers))
        message = (
            "approach 2 takes a parabola for the loss, which it is not: on these budgets, without noise and "
            f"with the fitted surface for the truth, it gives N* x {shift:.3f} at {largest:.2g} FLOPs and "
            f"a {found.params.exponent - exponent:+.3f} off; its intervals know nothing of that"
        )
        return Note(code="approach-2-bias", message=message)


def _factor(log_value: float) -> Factor | None:
    return Factor(exp(log_value)) if abs(log_value) < LARGEST_LOG else None


def _by_lines(approach: int) -> Callable[["Runs"], "Allocation"]:
    from scalecalc.fitting import isoflop_parabolas, minimum_envelope

    return minimum_envelope if approach == 1 else isoflop_parabolas
