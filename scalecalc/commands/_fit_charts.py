"""The charts of a fit: loss against compute with the fitted frontier, residuals, budgets and minima."""

from collections.abc import Iterable, Iterator, Sequence
from math import exp, isfinite, log
from typing import TYPE_CHECKING

from scalecalc.chart import Axis, Band, Chart, Line, Points, Rule, Zone
from scalecalc.commands._charts import COMPUTE, DATA, SIZE, chart, curve, grid, loss_axis
from scalecalc.quantity import Flops, Share, significant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scalecalc.fitting import Allocation, Fit, Interval, Runs

    Array = NDArray[np.float64]

AXES = {"params": SIZE, "tokens": DATA, "flops": COMPUTE}

WITHIN = 1.3
"""Factor around the mean of a budget within which its runs lie."""

BEYOND_NORMAL = 1.96
"""Standard deviations on either side of zero that hold 95 % of normal noise."""


class FitCharts:
    """The charts of one fit to its runs; `axes` are the columns (x, y) of a law of one variable."""

    def __init__(
        self,
        runs: "Runs",
        fit: "Fit",
        unit: str,
        axes: tuple[str, str] = ("flops", "loss"),
        level: float = 0.95,
    ) -> None:
        self.runs = runs
        self.fit = fit
        self.unit = unit
        self.level = level
        self.two = fit.form.tokens
        self.x, self.y = (COMPUTE, loss_axis(unit)) if self.two else self._of_columns(axes)

    def _of_columns(self, axes: tuple[str, str]) -> tuple[Axis, Axis]:
        x, y = axes
        spread = float(self.runs.loss.max() / self.runs.loss.min()) > 3
        predicted = Axis("loss", self.unit, log=spread) if y == "loss" else Axis(y, log=spread)
        return AXES.get(x, Axis(x, log=True)), AXES.get(y, predicted)

    def frontier(self, budgets: Sequence[float] = ()) -> Chart | None:
        """The runs and the fitted law: the least loss for the compute, or the curve of one variable."""
        low, high = float(self.runs.flops.min()), float(self.runs.flops.max())
        farthest = max((*budgets, high))
        inside = grid(low, high) if high > low else (low,)
        beyond = grid(high, farthest) if farthest > high else ()
        told = "fitted frontier" if self.two else "fitted"
        label = f"{told}, {Share(self.level)} interval"
        found = [self._interval(each) for each in (*inside, *beyond)]
        observed = Points("runs", _plain(self.runs.flops), _plain(self.runs.loss))
        return chart(
            "frontier",
            "Loss against compute" if self.two else f"{self.y.label} against {self.x.label}",
            (self.x, self.y),
            (
                _band(label, (*inside, *beyond), found),
                _line(label, inside, found[: len(inside)]),
                _line(label, beyond, found[len(inside) :], dashed=True) if beyond else None,
                observed,
                *(Rule(f"asked for: {Flops(flops)} FLOPs", "x", flops) for flops in budgets),
            ),
            self._frontier_caption(),
        )

    def _frontier_caption(self) -> str:
        if not self.two:
            return f"{self.runs.rows} rows; dashed beyond them."
        return (
            f"{self.runs.rows} runs; no run can lie below the frontier but by noise. Dashed beyond the runs."
        )

    def _interval(self, at: float) -> "Interval":
        from scalecalc.fitting import delta_intervals, loss_quantity, optimum_quantities

        quantity = optimum_quantities(at)[3] if self.two else loss_quantity(at)
        (found,) = delta_intervals(self.fit, [quantity], level=self.level).values()
        return found

    def residuals(self) -> Chart | None:
        """Observed minus fitted log loss against compute, with the spread that normal noise would have."""
        from scalecalc.fitting import observed_minus_fitted

        residual = _plain(observed_minus_fitted(self.runs, self.fit))
        reach = BEYOND_NORMAL * self.fit.sigma
        return chart(
            "residuals",
            "Observed minus fitted",
            (self.x, Axis(f"log residual of {self.y.label}")),
            (
                Zone(f"95% of noise: {significant(reach, 2)} to either side", "y", -reach, reach),
                Rule("no error", "y", 0.0),
                _finite("runs", _plain(self.runs.flops), residual),
            ),
            "A trend or a bend here is what the law does not tell.",
        )

    def predicted(self) -> Chart | None:
        """Fitted against observed values; a run on the diagonal is told exactly."""
        from scalecalc.fitting import observed_minus_fitted

        residual = _plain(observed_minus_fitted(self.runs, self.fit))
        observed = _plain(self.runs.loss)
        fitted = tuple(value * exp(-error) for value, error in zip(observed, residual, strict=True))
        ends = (min(observed), max(observed))
        return chart(
            "predicted",
            "Fitted against observed",
            (
                Axis(f"observed {self.y.label}", self.y.unit, self.y.log),
                Axis(f"fitted {self.y.label}", self.y.unit, self.y.log),
            ),
            (Line("fitted = observed", ends, ends, dashed=True), _finite("runs", observed, fitted)),
            f"Residual spread {significant(self.fit.sigma, 2)} of log {self.y.label}.",
        )

    def profiles(self, found: "Allocation") -> Chart | None:
        """Loss against model size, budget by budget, with the parabolas of approach 2 and their minima."""
        flops, params, _, loss = (_plain(column) for column in found.optima)
        series: list[Line | Points] = []
        for budget in flops:
            series += self._profile(budget)
        minima = Points("minima", params, loss)
        return chart(
            "profiles",
            "Runs of equal compute, with their minima",
            (SIZE, loss_axis(self.unit)),
            (*series, minima),
            f"{len(flops)} budgets with a minimum inside: N* grows as C^{found.params.exponent:.3f}.",
        )

    def _profile(self, budget: float) -> Iterator[Line | Points]:
        """The runs of a budget, and the parabola in log N through them."""
        import numpy as np

        inside = np.abs(np.log(self.runs.flops / budget)) < log(WITHIN)
        params, loss = self.runs.params[inside], self.runs.loss[inside]
        label = str(Flops(float(f"{budget:.2g}")))
        if len(np.unique(params)) >= 3:
            center = float(np.log(params).mean())
            bend = np.polynomial.Polynomial.fit(np.log(params) - center, loss, 2)
            sizes = grid(float(params.min()), float(params.max()), 40)
            yield curve(
                label, sizes, lambda size: float(bend(log(size) - center)), family="runs of equal FLOPs"
            )
        yield Points(label, _plain(params), _plain(loss))

    def allocation(self, lines: "dict[int, Allocation]") -> Chart | None:
        """N* against compute by every approach, with the optima that approaches 1 and 2 pass through."""
        from scalecalc.fitting import optimum_quantities

        low, high = float(self.runs.flops.min()), float(self.runs.flops.max())
        if not high > low:
            return None
        budgets = grid(low, high)

        def by_surface(flops: float) -> float:
            return exp(float(optimum_quantities(flops)[0].of(self.fit.theta, self.fit.centers)))

        series: list[Line | Points] = [curve("approach 3: surface", budgets, by_surface)]
        for approach, found in lines.items():
            line = found.params
            told = f"approach {approach}: {'least loss per bin' if approach == 1 else 'parabolas'}"
            series.append(curve(told, budgets, lambda flops, line=line: line.at(flops).value))  # type: ignore[misc]
            flops, params = map(_plain, found.optima[:2])
            series.append(Points(f"optima of approach {approach}", flops, params))
        exponents = ", ".join(f"{found.params.exponent:.3f}" for found in lines.values())
        return chart(
            "allocation",
            "Optimal model size by approach",
            (COMPUTE, SIZE),
            series,
            f"The lines grow as C to the power of {exponents}.",
        )


def _plain(values: "Iterable[float]") -> tuple[float, ...]:
    return tuple(map(float, values))


def _finite(label: str, x: Sequence[float], y: Sequence[float]) -> Points:
    kept = [(one, two) for one, two in zip(x, y, strict=True) if isfinite(two)]
    return Points(label, tuple(one for one, _ in kept), tuple(two for _, two in kept))


def _line(label: str, x: Sequence[float], found: "Sequence[Interval]", *, dashed: bool = False) -> Line:
    kept = [(at, each.value) for at, each in zip(x, found, strict=True) if 0 < each.value < float("inf")]
    return Line(label, tuple(at for at, _ in kept), tuple(value for _, value in kept), dashed=dashed)


def _band(label: str, x: Sequence[float], found: "Sequence[Interval]") -> Band:
    kept = [
        (at, each) for at, each in zip(x, found, strict=True) if each.low > 0 and each.high < float("inf")
    ]
    return Band(
        label,
        tuple(at for at, _ in kept),
        tuple(each.low for _, each in kept),
        tuple(each.high for _, each in kept),
    )
