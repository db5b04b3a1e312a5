"""The first step of a benchmark's forecast: loss from compute, or from parameters and tokens."""

from abc import ABC, abstractmethod
from math import hypot, log10, sqrt
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from scalecalc.commands._accuracy_table import AccuracyTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting import Fit

    Array = NDArray[np.float64]
    Indices = NDArray[np.int64]


class Asked(NamedTuple):
    """What accuracy is asked at: a compute, a model on its tokens, or a loss."""

    flops: float | None = None
    params: float | None = None
    tokens: float | None = None
    loss: float | None = None


class LossAt(NamedTuple):
    """A loss with its standard error, the noise of one run, and what resamples made of it [b]."""

    value: float
    error: float = 0.0
    noise: float = 0.0
    draws: "Array | None" = None


class FirstStep(ABC):
    """Loss from what is known before a run."""

    degrees: int | None = None
    """Degrees of freedom; None where nothing was fitted."""

    @abstractmethod
    def at(self, asked: Asked) -> LossAt:
        """The loss at what is asked."""

    def split(self, asked: Asked) -> tuple[float | None, float | None]:
        """The parameters and tokens of what is asked, as far as this step knows them."""
        return asked.params, asked.tokens

    @abstractmethod
    def refit(self, rows: "list[Indices]", seed: int) -> None:
        """Fit again to resampled rows, for draws."""


@final
class AsGiven(FirstStep):
    """A loss that is known."""

    def at(self, asked: Asked) -> LossAt:
        """The loss itself."""
        assert asked.loss is not None  # noqa: S101 - the caller asks nothing else of it
        return LossAt(asked.loss)

    def refit(self, rows: "list[Indices]", seed: int) -> None:
        """Nothing: what is known does not scatter."""


@final
class ByCompute(FirstStep):
    """loss = u + v log10 C by least squares (Llama Team 2024, arXiv 2407.21783, section 3.2.1)."""

    def __init__(self, flops: "Array", loss: "Array") -> None:
        self.x, self.loss = np.log10(flops), loss
        self.center = float(self.x.mean())
        self.coefficients = self._solve(np.arange(len(loss)))
        residuals = loss - self._line(self.coefficients, self.x)
        self.degrees = max(len(loss) - 2, 1)
        self.noise = sqrt(float((residuals**2).sum()) / self.degrees)
        self.squares = float(((self.x - self.center) ** 2).sum())
        self.draws: Array | None = None

    def at(self, asked: Asked) -> LossAt:
        """The line at a compute."""
        assert asked.flops is not None  # noqa: S101 - the caller asks nothing else of it
        x = log10(asked.flops)
        error = self.noise * hypot(1 / sqrt(len(self.x)), (x - self.center) / sqrt(self.squares))
        draws = None if self.draws is None else self._line(self.draws, np.float64(x))
        return LossAt(float(self._line(self.coefficients, np.float64(x))), error, self.noise, draws)

    @property
    def v(self) -> float:
        """Change of loss for ten times the compute."""
        return float(self.coefficients[1])

    @property
    def u(self) -> float:
        """The line at one FLOP."""
        return float(self.coefficients[0]) - self.v * self.center

    @property
    def bend(self) -> float:
        """Standard errors by which a parabola beats the line; zero for fewer than four runs."""
        if len(self.x) < 4:
            return 0.0
        around = self.x - self.center
        columns = np.stack([np.ones_like(around), around, around**2], axis=1)
        solution, left, rank, _ = np.linalg.lstsq(columns, self.loss, rcond=None)
        if rank < 3 or not left.size:
            return 0.0
        variance = float(left[0]) / (len(around) - 3) * np.linalg.inv(columns.T @ columns)[2, 2]
        return abs(float(solution[2])) / sqrt(max(float(variance), 1e-300))

    def error_of(self, name: str) -> float:
        """Standard error of u or v."""
        of_v = self.noise / sqrt(self.squares)
        return of_v if name == "v" else hypot(self.noise / sqrt(len(self.x)), of_v * self.center)

    def refit(self, rows: "list[Indices]", seed: int) -> None:  # noqa: ARG002 - as declared
        """The line of each resample."""
        self.draws = np.array([self._solve(each) for each in rows])

    def _solve(self, rows: "Indices") -> "Array":
        """The loss at the center, and the slope."""
        x, loss = self.x[rows] - self.center, self.loss[rows]
        around = x - x.mean()
        slope = float((around * loss).sum() / ((around**2).sum() or 1.0))
        return np.array([float(loss.mean()) - slope * float(x.mean()), slope])

    def _line(self, coefficients: "Array", x: "Array | np.float64") -> "Array":
        values: Array = coefficients[..., 0] + coefficients[..., 1] * (x - self.center)
        return values


@final
class BySurface(FirstStep):
    """loss = E + A/N**alpha + B/D**beta by `scalecalc fit` (Bhagia et al. 2024, arXiv 2412.04403)."""

    def __init__(self, table: AccuracyTable) -> None:
        from scalecalc import fitting

        runs = table.runs
        columns = (runs.column("params"), runs.column("tokens"), runs.column("loss"))
        self.runs = fitting.runs_of(*columns, None, runs.runs)
        self.fit: Fit = fitting.fit(self.runs, fitting.Request("additive"))
        self.degrees = max(int(self.fit.degrees), 1)
        self.theta: Array | None = None

    def at(self, asked: Asked) -> LossAt:
        """The surface at a model, or at the optimum of a compute."""
        from scalecalc.fitting import loss_quantity, optimum_quantities
        from scalecalc.fitting.intervals import standard_error

        if asked.params is not None:
            quantity = loss_quantity(asked.params, asked.tokens)
        else:
            assert asked.flops is not None  # noqa: S101 - the caller asks for a model or a compute
            quantity = optimum_quantities(asked.flops)[-1]
        value = float(np.exp(quantity.of(self.fit.theta, self.fit.centers)))
        draws = None if self.theta is None else np.exp(quantity.of(self.theta, self.fit.centers))
        error = value * standard_error(self.fit, quantity)
        return LossAt(value, error, value * self.fit.sigma, draws)

    def split(self, asked: Asked) -> tuple[float | None, float | None]:
        """The model asked for, or the optimum of the compute."""
        from scalecalc.fitting import optimum_quantities

        if asked.flops is None:
            return asked.params, asked.tokens
        fit = self.fit
        best = [float(np.exp(each.of(fit.theta, fit.centers))) for each in optimum_quantities(asked.flops)]
        return best[0], best[1]

    def refit(self, rows: "list[Indices]", seed: int) -> None:
        """The surface of resamples of its own; those of the second step are others."""
        from scalecalc import fitting

        plan = fitting.Plan("bootstrap", len(rows), seed)
        self.theta = fitting.resample(fitting.clustered_runs(self.runs, self.fit), self.fit, plan).theta
