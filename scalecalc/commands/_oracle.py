"""A law asked for losses, with intervals where a fit stands behind it."""

from math import inf
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from scalecalc import tables
from scalecalc.laws import Allocation, Allocator, LossCurve, PublishedLaw, Surface, flops_for
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Tokens, significant
from scalecalc.result import Estimate, Row, Shown

if TYPE_CHECKING:
    from scalecalc.fitting import Fit


class Prediction(Row):
    """A loss, as predicted; intervals where the law is a fit of your own."""

    line: int | None = Field(None, title="line", description="Where the run stands in its table.")
    params: Params | None = Field(title="model size")
    tokens: Tokens | None = Field(title="training tokens")
    flops: Flops | None = Field(title="compute")
    loss: Annotated[Estimate, Shown(digits=4)] = Field(title="loss")
    loss_of_new_run: Annotated[Estimate | None, Shown(digits=4)] = Field(
        title="loss of a new run", description="Wider by one run's own noise; null without a fit."
    )
    observed: Annotated[float | None, Shown(digits=4)] = Field(None, title="observed")
    beyond_range: float | None = Field(
        title="times beyond range",
        description="Times that compute lies outside what the law was fitted on; 1 inside.",
    )


class Oracle:
    """A law asked for losses; with the fit behind it, where there is one, for intervals too."""

    def __init__(self, law: PublishedLaw, fit: "Fit | None", level: float) -> None:
        self.law = law
        self.fit = fit
        self.level = level

    def of_budget(self, flops: float) -> Prediction:
        """The optimum of a budget."""
        rule = self.law.law
        if isinstance(rule, LossCurve):
            return self._of_curve("flops", flops)
        if not self.law.allocates or not isinstance(rule, Allocator):
            raise self._cannot("does not say how to split a budget")
        params, tokens = rule.optimal(flops)
        loss = rule.optimal_loss(flops)
        if loss is None:
            raise self._cannot("predicts no loss")
        return self._prediction(params, tokens, loss)

    def of_model(self, params: float | None, tokens: float | None) -> Prediction:
        """A model on its tokens; one of them alone for a law of that variable."""
        rule = self.law.law
        if isinstance(rule, LossCurve):
            value = params if rule.of == "params" else tokens if rule.of == "tokens" else None
            if rule.of == "flops" and params and tokens:
                value = 6 * params * tokens
            if value is None:
                raise self._cannot(f"predicts loss from {rule.of} alone")
            return self._of_curve(rule.of, value)
        if not isinstance(rule, Surface):
            raise self._cannot("predicts no loss for a size and tokens of your choice")
        if not (params and tokens):
            raise Problem(
                "value", "a model has --params and --tokens", "give both, or --flops for the best of a budget"
            )
        return self._prediction(params, tokens, rule.loss(params, tokens))

    def least_flops(self, loss: float) -> Estimate:
        """The least compute that reaches a loss, with its interval where there is a fit."""
        rule = self.law.law
        if not isinstance(rule, Surface | Allocation | LossCurve):
            raise self._cannot("predicts no loss")
        try:
            flops = flops_for(rule, loss)
        except ValueError as error:
            raise self._cannot(str(error)) from None
        if not 0 < flops < inf:
            floor = getattr(rule, "E", 0.0)
            raise Problem(
                "unreachable-loss",
                f"no compute reaches a loss of {significant(loss, 4)} by {self.law.name}",
                f"its floor is {significant(floor, 4)}; ask for more" if floor else "ask for a higher loss",
                ExitCode.NO_ANSWER,
            )
        return self._with_interval(flops, loss)

    def _with_interval(self, flops: float, loss: float) -> Estimate:
        if self.fit is None or not self.fit.form.tokens:
            return Estimate(value=Flops(flops))
        from scalecalc.commands._intervals import as_estimate
        from scalecalc.fitting import delta_intervals, least_flops_quantity

        (found,) = delta_intervals(self.fit, [least_flops_quantity(loss)], level=self.level).values()
        return as_estimate(found, Flops)

    def _of_curve(self, variable: str, value: float) -> Prediction:
        rule = self.law.law
        assert isinstance(rule, LossCurve)  # noqa: S101 - narrows the type
        sides: dict[str, float | None] = {"params": None, "tokens": None, "flops": None, variable: value}
        return self._row(sides, rule.loss(value), (value, None))

    def _prediction(self, params: float, tokens: float, loss: float) -> Prediction:
        sides: dict[str, float | None] = {"params": params, "tokens": tokens, "flops": 6 * params * tokens}
        return self._row(sides, loss, (params, tokens))

    def _row(self, sides: dict[str, float | None], loss: float, at: tuple[float, float | None]) -> Prediction:
        mean, new = self._intervals(*at)
        kinds: dict[str, Any] = {"params": Params, "tokens": Tokens, "flops": Flops}
        figures = {name: None if value is None else kinds[name](value) for name, value in sides.items()}
        return Prediction(
            **figures,
            loss=mean or Estimate(value=loss),
            loss_of_new_run=new,
            beyond_range=None if sides["flops"] is None else self._beyond(sides["flops"]),
        )

    def _intervals(self, params: float, tokens: float | None) -> tuple[Estimate | None, Estimate | None]:
        if self.fit is None or self.fit.form.tokens != (tokens is not None):
            return None, None
        from scalecalc.commands._intervals import as_estimate
        from scalecalc.fitting import delta_intervals, loss_quantity

        asked = [loss_quantity(params, tokens)]
        mean, new = (
            delta_intervals(self.fit, asked, level=self.level, new_run=new_run)["loss"]
            for new_run in (False, True)
        )
        return as_estimate(mean), as_estimate(new)

    def _beyond(self, flops: float) -> float | None:
        fitted = self.law.ranges.flops
        return fitted.excess(flops) if fitted.low or fitted.high else None

    def _cannot(self, what: str) -> Problem:
        return Problem(
            "wrong-law",
            f"{self.law.name} {what}: {self.law.law.formula}",
            f"take a loss surface, e.g. --law {tables.DEFAULT_LAW}",
        )
