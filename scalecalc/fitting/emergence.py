"""Whether accuracy breaks upwards with scale or follows a smooth sigmoid: a test that minds few models.

The smooth curve is a sigmoid in log scale, two parameters. The broken one has one jump or one kink more, at
a place that is searched over the gaps between models, and only upwards, for that is what emergence claims.
Twice the difference of log-likelihood has no chi-squared distribution, for the place exists only under the
break (Davies 1977, 1987), so its p-value is by parametric bootstrap from the smooth curve.

Models scatter about any curve by more than their test items explain. That dispersion is estimated as
Pearson's chi-squared of the broken curve over its degrees of freedom, at least 1 (McCullagh and Nelder 1989,
section 4.5), and divides the statistic, as in an F test. The simulated tables are beta-binomial with that
dispersion, for which the search for the place counts as one parameter more. Models that answer nothing or
everything show no scatter: where four or fewer are `clear` of both, p is as good as that of items alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scalecalc.fitting.emergence_sigmoid import Design, fit_sigmoids, predictor, starting_theta

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FEWEST = 5
"""Different scales: two parameters of the smooth curve, two of the break, one to see scatter by."""

PLACES = 16
"""Gaps between models that are tried; of more, as many evenly spread ones."""

BREAK_PARAMETERS = 2
"""Size and place of the break."""

ALL_PARAMETERS = 2 + BREAK_PARAMETERS
"""Those of the broken curve."""

SURE = 3
"""Answers below which a count says little of its rate: its standard error is more than half of it."""

LEVEL = 0.05
"""Of the test whose power is told."""

CELLS = 400_000
"""Numbers of an array of one chunk of simulated tables: tables x places x models."""

SAME = 1e-6
"""Differences of a statistic below which two are equal: the climbs end within 1e-7 of the optimum."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One ability measured on m models: `scale` [m], `right` of `items` [m] answered rightly.

    `answer_tokens` k reads an accuracy as p**k, k = 1 as it stands; `chance` is the accuracy of guessing.
    """

    scale: Array
    right: Array
    items: Array
    answer_tokens: float = 1.0
    chance: float = 0.0

    @property
    def design(self) -> Design:
        """The series without its answers, log10 of scale centered."""
        return Design(self.log_scale - self.center, self.items, self.answer_tokens, self.chance)

    @property
    def log_scale(self) -> Array:
        """log10 of scale."""
        logs: Array = np.log10(self.scale)
        return logs

    @property
    def center(self) -> float:
        """Mean of log10 of scale."""
        return float(self.log_scale.mean())

    @property
    def clear(self) -> int:
        """Models with at least `SURE` answers right and as many wrong."""
        return int(((self.right >= SURE) & (self.items - self.right >= SURE)).sum())

    @property
    def accuracy(self) -> Array:
        """Share of items answered rightly [m]."""
        share: Array = self.right / self.items
        return share


class Place(NamedTuple):
    """Where a break may be: a `jump` or a `kink` at this log10 of scale, centered."""

    kind: str
    at: float

    def column(self, x: Array) -> Array:
        """What the break adds to the linear predictor, per unit of its size."""
        found: Array = (x > self.at).astype(np.float64) if self.kind == "jump" else np.maximum(x - self.at, 0)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A fitted curve; `place` is None without a break. `theta` is (a, b, c) at the series' center."""

    series: Series
    theta: Array
    place: Place | None
    log_likelihood: float

    @property
    def break_scale(self) -> float | None:
        """Compute or size at which it breaks."""
        return None if self.place is None else float(10.0 ** (self.series.center + self.place.at))

    def accuracy_at(self, scale: Array) -> Array:
        """Probability of a right answer at these scales [n]."""
        x = np.log10(scale) - self.series.center
        z = np.zeros_like(x) if self.place is None else self.place.column(x)
        design = self.series.design
        eta = self.theta[0] + self.theta[1] * x + self.theta[2] * z
        return design.accuracy(eta)


@dataclass(frozen=True, slots=True, eq=False)
class BreakTest:
    """The smooth curve against the broken one.

    `likelihood_ratio` is twice the difference of log-likelihood; over `dispersion` it is `statistic`.
    `p_value` allows for scatter between models, `p_sampling` for that of test items alone. `bic_gain` is BIC
    of the smooth curve less that of the broken one, n = models. `power` is the share of simulated tables with
    a pure jump, from the least to the greatest accuracy at its widest step, that the test finds at 5 %.
    """

    smooth: Curve
    broken: Curve
    likelihood_ratio: float
    dispersion: float
    p_value: float
    p_sampling: float
    bic_gain: float
    power: float
    resamples: int

    @property
    def statistic(self) -> float:
        """Likelihood ratio over dispersion."""
        return self.likelihood_ratio / self.dispersion


def places(x: Array) -> tuple[Place, ...]:
    """The breaks that are told apart: a jump in each gap, a kink at inner models and between them."""
    scales = np.unique(x)
    middles = (scales[1:] + scales[:-1]) / 2
    kinks = np.sort(np.concatenate([scales[1:-1], middles[1:-1]]))
    jumps = (Place("jump", float(at)) for at in _spread(middles, PLACES))
    return (*jumps, *(Place("kink", float(at)) for at in _spread(kinks, 2 * PLACES)))


def break_test(series: Series, *, resamples: int = 400, seed: int = 0) -> BreakTest:
    """The test of one series; the same seed gives the same p-values."""
    different = len(np.unique(series.scale))
    if different < FEWEST:
        raise ValueError(f"scale must have {FEWEST} different values, got {different}")
    bench = _Bench(series)
    found = bench.compared(series.right[None])
    smooth = Curve(series, found.smooth[0], None, float(found.smooth_likelihood[0]))
    place = bench.places[int(found.place[0])]
    broken = Curve(series, found.broken[0], place, float(found.broken_likelihood[0]))
    dispersion = float(found.dispersion[0])
    ratio = float(found.ratio[0])
    random = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3)]
    smooth_accuracy = smooth.accuracy_at(series.scale)
    curve = (broken if ratio > 0 else smooth).accuracy_at(series.scale)
    searched = float(bench.dispersion(series.right[None], curve[None], ALL_PARAMETERS + 1)[0])
    scattered = bench.simulated(random[0], smooth_accuracy, searched, resamples)
    clean = bench.simulated(random[1], smooth_accuracy, 1.0, resamples) if searched > 1 else scattered
    jumping = bench.simulated(random[2], _pure_jump(series), dispersion, resamples)
    critical = np.quantile(scattered.statistic, 1 - LEVEL) + SAME
    return BreakTest(
        smooth=smooth,
        broken=broken,
        likelihood_ratio=ratio,
        dispersion=dispersion,
        p_value=_upper_share(scattered.statistic, ratio / dispersion),
        p_sampling=_upper_share(clean.ratio, ratio),
        bic_gain=ratio / dispersion - BREAK_PARAMETERS * float(np.log(len(series.scale))),
        power=float((jumping.statistic > critical).mean()),
        resamples=resamples,
    )


class _Compared(NamedTuple):
    """p tables, each with its two curves."""

    smooth: Array
    smooth_likelihood: Array
    broken: Array
    broken_likelihood: Array
    place: NDArray[np.int64]
    dispersion: Array

    @property
    def ratio(self) -> Array:
        """Twice the difference of log-likelihood [p]."""
        return 2 * (self.broken_likelihood - self.smooth_likelihood)

    @property
    def statistic(self) -> Array:
        """Ratio over dispersion [p]."""
        found: Array = self.ratio / self.dispersion
        return found


class _Bench:
    """What is the same for every table of a series, measured or simulated."""

    def __init__(self, series: Series) -> None:
        self.design = series.design
        self.places = places(self.design.x)
        self.columns = np.stack([place.column(self.design.x) for place in self.places])

    def compared(self, right: Array) -> _Compared:
        """The curves of tables `right` [p, m]: the smooth one, and the best of those that break upwards."""
        tables, breaks, models = len(right), len(self.places), right.shape[1]
        flat = np.zeros_like(right)
        smooth = fit_sigmoids(self.design, right, None, starting_theta(self.design, right))
        broken = fit_sigmoids(
            self.design,
            np.repeat(right, breaks, axis=0),
            np.broadcast_to(self.columns, (tables, breaks, models)).reshape(-1, models),
            np.repeat(smooth.theta, breaks, axis=0),
        )
        theta = broken.theta.reshape(tables, breaks, 3)
        upwards = (theta[..., 2] > 0) & np.isfinite(theta).all(axis=-1)
        likelihood = np.where(upwards, broken.log_likelihood.reshape(tables, breaks), -np.inf)
        best = likelihood.argmax(axis=1)
        rows = np.arange(tables)
        better = likelihood[rows, best] > smooth.log_likelihood
        chosen = np.where(better[:, None], theta[rows, best], smooth.theta)
        z = np.where(better[:, None], self.columns[best], flat)
        return _Compared(
            smooth=smooth.theta,
            smooth_likelihood=smooth.log_likelihood,
            broken=chosen,
            broken_likelihood=np.where(better, likelihood[rows, best], smooth.log_likelihood),
            place=best,
            dispersion=self.dispersion(
                right, self.design.accuracy(predictor(self.design, chosen, z)), ALL_PARAMETERS
            ),
        )

    def simulated(
        self, random: np.random.Generator, accuracy: Array, dispersion: float, tables: int
    ) -> _Compared:
        """So many tables drawn from the accuracies [m], compared in chunks that keep arrays small."""
        right = drawn(random, accuracy, self.design.items, dispersion, tables)
        chunk = max(1, CELLS // self.columns.size)
        parts = [self.compared(right[start : start + chunk]) for start in range(0, tables, chunk)]
        return _Compared(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def dispersion(self, right: Array, accuracy: Array, parameters: int) -> Array:
        """Pearson's chi-squared of curves over its degrees of freedom, at least 1 [p]."""
        variance = self.design.items * accuracy * (1 - accuracy)
        squared = (right - self.design.items * accuracy) ** 2 / np.maximum(variance, 1e-12)
        degrees = right.shape[1] - parameters
        found: Array = np.maximum(1.0, squared.sum(axis=1) / max(degrees, 1))
        return found


def drawn(
    random: np.random.Generator, accuracy: Array, items: Array, dispersion: float, tables: int
) -> Array:
    """Right answers [tables, m], binomial, or beta-binomial with so many times the binomial variance."""
    shape = (tables, len(accuracy))
    shares = np.broadcast_to(accuracy, shape)
    if dispersion > 1:
        within = np.clip((dispersion - 1) / np.maximum(items - 1, 1), 1e-12, 0.9)
        weight = (1 - within) / within
        ends = (np.maximum(accuracy * weight, 1e-9), np.maximum((1 - accuracy) * weight, 1e-9))
        shares = random.beta(*ends, shape)
    return random.binomial(np.rint(items).astype(np.int64), shares).astype(np.float64)


def _pure_jump(series: Series) -> Array:
    """The least accuracy up to the widest step of the series, from there the greatest [m]."""
    shares = (series.right + 0.5) / (series.items + 1)
    order = np.argsort(series.scale, kind="stable")
    last_below = order[int(np.argmax(np.diff(shares[order])))]
    jumped: Array = np.where(series.scale > series.scale[last_below], shares.max(), shares.min())
    return jumped


def _upper_share(simulated: Array, statistic: float) -> float:
    """Share of simulated statistics at least as large, the measured one among them."""
    return float((1 + (simulated >= statistic - SAME).sum()) / (1 + len(simulated)))


def _spread(values: Array, most: int) -> Array:
    """At most so many of the values, evenly spread."""
    if len(values) <= most:
        return values
    return values[np.unique(np.linspace(0, len(values) - 1, most).round().astype(np.int64))]
