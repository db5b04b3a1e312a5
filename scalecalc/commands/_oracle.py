"""A law asked for losses, with intervals where a fit stands behind it."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._conventions import Convention
from scalecalc.commands._forecast import Forecast, forecast_by_file
from scalecalc.commands._intervals import as_estimate, as_figure
from scalecalc.laws import Allocation, Allocator, LossCurve, Surface, flops_for
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Tokens, significant
from scalecalc.result import AnyNumber, Estimate, Row, Shown

if TYPE_CHECKING:
    from scalecalc.fitting import Fit, Quantity

Sides = dict[str, float]
"""Those of params, tokens and flops that are known of a run."""

KINDS: dict[str, Any] = {"params": Params, "tokens": Tokens, "flops": Flops}


class Prediction(Row):
    """A loss, as predicted; intervals where the law is a fit of your own."""

    line: int | None = Field(None, title="line", description="Where the run stands in its table.")
    params: AnyNumber | None = Field(title="model size")
    tokens: AnyNumber | None = Field(title="training tokens")
    flops: AnyNumber | None = Field(title="compute")
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
    """A law asked for losses; with the fit behind it, where there is one, for intervals too.

    Sizes and losses come in and go out as `read` has it; compute is 6ND with N as the law counts it.
    """

    def __init__(self, read: Convention, fit: "Fit | None", level: float) -> None:
        self.read = read
        self.law = read.law
        self.fit = fit
        self.level = level

    def optimum(self, flops: float) -> Forecast | None:
        """The optimum of a budget with its intervals; None for a law without a fit, or of one variable."""
        return forecast_by_file(self.fit, flops, self.level)

    def of_budget(self, flops: float) -> Prediction:
        """The optimum of a budget."""
        rule = self.law.law
        if isinstance(rule, LossCurve):
            return self._of_curve(rule, {"flops": flops})
        if not self.law.allocates or not isinstance(rule, Allocator):
            raise self._cannot("does not say how to split a budget")
        found = self.optimum(flops)
        if found is not None:
            sides = {"params": found.params.value, "tokens": found.tokens.value, "flops": flops}
            return self._row(sides, found.loss, found.loss_of_new_run)
        params, tokens = rule.optimal(flops)
        loss = rule.optimal_loss(flops)
        if loss is None:
            raise self._cannot("predicts no loss")
        return self._row({"params": params, "tokens": tokens, "flops": flops}, Estimate(value=loss))

    def of_model(self, params: float | None, tokens: float | None) -> Prediction:
        """A model on its tokens; one of them alone for a law of that variable."""
        size = self.read.counting.to_law(params) if params else None
        sides = {name: value for name, value in (("params", size), ("tokens", tokens)) if value}
        if size and tokens:
            sides["flops"] = 6 * size * tokens
        rule = self.law.law
        if isinstance(rule, LossCurve):
            return self._of_curve(rule, sides)
        if len(sides) < 3:
            raise Problem(
                "value", "a model has --params and --tokens", "give both, or --flops for the best of a budget"
            )
        (found,) = self.of_runs({name: [value] for name, value in sides.items()})
        return found

    def of_table(self, columns: dict[str, Sequence[float]]) -> Iterator[Prediction]:
        """Every run of a table, given those of the columns params, tokens and flops that it has."""
        if self.read.counting.converts and "params" in columns:
            columns = columns | {"params": [*map(self.read.counting.to_law, columns["params"])]}
        return self.of_runs(columns)

    def of_runs(self, columns: dict[str, Sequence[float]]) -> Iterator[Prediction]:
        """Runs by those of the columns params, as the law counts them, tokens and flops that there are."""
        rule = self.law.law
        if not isinstance(rule, Surface | LossCurve):
            raise self._cannot("predicts no loss for a size and tokens of your choice")
        needed = (rule.of,) if isinstance(rule, LossCurve) else ("params", "tokens")
        x, z = columns[needed[0]], columns[needed[1]] if len(needed) > 1 else None
        estimates = self._without_fit(x, z) if self.fit is None else self._with_fit(self.fit, x, z)
        for row, (mean, new) in enumerate(estimates):
            yield self._row({name: column[row] for name, column in columns.items()}, mean, new)

    def needed(self) -> tuple[str, ...]:
        """The columns without which the law says nothing of a run."""
        rule = self.law.law
        return (rule.of,) if isinstance(rule, LossCurve) else ("params", "tokens")

    def least_flops(self, asked: float) -> Estimate:
        """The least compute that reaches a loss, with its interval where there is a fit."""
        rule, loss = self.law.law, self.read.losses.to_law(asked)
        if not isinstance(rule, Surface | Allocation | LossCurve):
            raise self._cannot("predicts no loss")
        try:
            flops = flops_for(rule, loss)
        except ValueError:
            raise self._cannot("predicts no loss of a budget") from None
        if not 0 < flops < inf:
            floor = getattr(rule, "E", 0.0)
            told = significant(self.read.losses.printed(floor), 4)
            raise Problem(
                "unreachable-loss",
                f"no compute reaches a loss of {significant(asked, 4)} by {self.law.name}",
                f"its floor is {told}; ask for more" if floor else "ask for a higher loss",
                ExitCode.NO_ANSWER,
            )
        if self.fit is None:
            return Estimate(value=Flops(flops))
        from scalecalc.fitting import delta_intervals, least_flops_quantity

        quantity = least_flops_quantity(loss) if self.fit.form.tokens else _least_of_one_variable(loss)
        (found,) = delta_intervals(self.fit, [quantity], level=self.level).values()
        return as_estimate(found, Flops)

    def _of_curve(self, rule: LossCurve, sides: Sides) -> Prediction:
        if rule.of not in sides:
            raise self._cannot(f"predicts loss from {rule.of} alone")
        (found,) = self.of_runs({name: [value] for name, value in sides.items()})
        return found

    def _without_fit(
        self, x: Sequence[float], z: Sequence[float] | None
    ) -> Iterator[tuple[Estimate, Estimate | None]]:
        rule: Any = self.law.law
        pairs = [(value,) for value in x] if z is None else zip(x, z, strict=True)
        for pair in pairs:
            yield Estimate.model_construct(value=rule.loss(*pair)), None

    def _with_fit(
        self, fit: "Fit", x: Sequence[float], z: Sequence[float] | None
    ) -> Iterator[tuple[Estimate, Estimate | None]]:
        import numpy as np

        from scalecalc.commands._losses import fitted_losses

        tokens = None if z is None else np.asarray(z, dtype=np.float64)
        found = fitted_losses(fit, np.asarray(x, dtype=np.float64), tokens, self.level)
        for value, *reaches in zip(
            found.value.tolist(), found.mean.tolist(), found.new_run.tolist(), strict=True
        ):
            mean, new = (self._estimate(value, reach) for reach in reaches)
            yield mean, new

    def _estimate(self, value: float, reach: float) -> Estimate:
        """A loss with its interval, whose ends are absent where they leave the range of numbers."""
        low, high = (value / reach, value * reach) if value * reach < inf else (None, None)
        return Estimate.model_construct(value=value, low=low, high=high, level=self.level, method="delta")

    def _row(self, sides: Sides, mean: Estimate, new: Estimate | None = None) -> Prediction:
        """A prediction; not validated again, for a table may have very many."""
        flops = sides.get("flops")
        if "params" in sides:
            sides = sides | {"params": self.read.params(sides["params"])}
        figures: dict[str, Any] = {
            name: as_figure(kind, sides[name]) if name in sides else None for name, kind in KINDS.items()
        }
        return Prediction.model_construct(
            line=None,
            observed=None,
            **figures,
            loss=self._printed(mean),
            loss_of_new_run=None if new is None else self._printed(new),
            beyond_range=None if flops is None else self._beyond(flops),
        )

    def _printed(self, found: Estimate) -> Estimate:
        """A loss of the law with its interval, in the unit asked for; each of them rises with the others."""
        if self.read.losses.unit == self.law.loss_unit:
            return found
        ends = {name: getattr(found, name) for name in ("value", "low", "high")}
        return found.model_copy(update={name: self.read.loss(end) for name, end in ends.items()})

    def _beyond(self, flops: float) -> float | None:
        fitted = self.law.ranges.flops
        return fitted.excess(flops) if fitted.low or fitted.high else None

    def _cannot(self, what: str) -> Problem:
        return Problem(
            "wrong-law",
            f"{self.law.name} {what}: {self.law.law.formula}",
            f"take a loss surface, e.g. --law {tables.DEFAULT_LAW}",
        )


def _least_of_one_variable(loss: float) -> "Quantity":
    """The value of a single variable that reaches the loss; NaN where the floor lies above it."""
    import numpy as np

    from scalecalc.fitting import Quantity

    def log_value(theta: Any, centers: tuple[float, float]) -> Any:
        with np.errstate(invalid="ignore", divide="ignore"):
            fall = theta[..., 1] - np.log(loss - np.exp(theta[..., 0]))
        return centers[0] + fall / theta[..., 3]

    return Quantity("flops", log_value)
