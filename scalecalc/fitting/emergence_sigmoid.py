"""Sigmoids of right answers against log scale, by maximum likelihood, thousands of tables at once.

The probability of a right answer is chance + (1 - chance) * s(eta)**k with the logistic s and
eta = a + b * x + c * z: x is the logarithm of compute or size, z a column that holds a break. With k = 1
that is a logistic curve of the accuracy; with k tokens in an answer, of the probability of one token, all of
which must be right. Both log s**k and log(1 - s**k) are concave in eta (s**k is the distribution function of
a log-concave density), so without chance there is one optimum, and damped Fisher scoring climbs to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scalecalc.fitting.small_systems import solved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEPS = 200
"""Steps after which a climb ends; where a break separates right from wrong it would go on for ever."""

GAIN = 1e-7
"""Log-likelihood that a step must add for the climb to go on."""

STEEPEST = 40.0
"""Log-odds of one token beyond which nothing more can be told from 0 or 1."""

ENDS = 1e-15
"""Probabilities this close to 0 and 1 are held there, where logarithms would not be finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """m groups of test items: `x` [m] is the centered log10 of scale, `items` [m] how many there are.

    `answer_tokens` is k, `chance` the accuracy of guessing.
    """

    x: Array
    items: Array
    answer_tokens: float = 1.0
    chance: float = 0.0

    def accuracy(self, eta: Array) -> Array:
        """Probability of a right answer at the linear predictor."""
        found: Array = self.chance + (1 - self.chance) * np.exp(self._log_share(eta))
        return found

    def _log_share(self, eta: Array) -> Array:
        """k * log s(eta)."""
        found: Array = -self.answer_tokens * np.log1p(np.exp(-np.clip(eta, -STEEPEST, STEEPEST)))
        return found


class Fits(NamedTuple):
    """p curves: theta [p, 3] as (a, b, c), log-likelihood [p] but for the binomial coefficients."""

    theta: Array
    log_likelihood: Array


class _Point(NamedTuple):
    """Where a climb stands: log-likelihood [p], its slope [p, m] and expected curvature [p, m] by eta."""

    log_likelihood: Array
    slope: Array
    weight: Array


def fit_sigmoids(design: Design, right: Array, extra: Array | None, start: Array) -> Fits:
    """Curves of greatest likelihood for p tables of right answers `right` [p, m].

    `extra` [p, m] is z, the column of the break, None for a curve without one. `start` [p, 3] is where the
    climbs begin; without z its last entry stays as it is.
    """
    theta = start.astype(np.float64, copy=True)
    likelihood = np.empty(len(right))
    active = np.arange(len(right))
    damping = np.full(len(right), 1e-3)
    z = np.zeros_like(right) if extra is None else extra
    width = 2 if extra is None else 3
    point = _evaluated(design, right, z, theta)
    likelihood[:] = point.log_likelihood
    for _ in range(STEPS):
        step = _step(design, point, z, damping, width)
        tried = theta[active]
        tried[:, :width] += step
        there = _evaluated(design, right, z, tried)
        gain = there.log_likelihood - point.log_likelihood
        better = gain >= 0
        theta[active[better]] = tried[better]
        likelihood[active[better]] = there.log_likelihood[better]
        point = _Point(*(_chosen(better, new, old) for new, old in zip(there, point, strict=True)))
        damping = np.where(better, damping / 10, damping * 10)
        going = np.where(better, gain > GAIN, damping < 1e8)
        if not going.any():
            break
        active, right, z, damping = active[going], right[going], z[going], damping[going]
        point = _Point(*(each[going] for each in point))
    return Fits(theta, likelihood)


def starting_theta(design: Design, right: Array) -> Array:
    """Least squares on the log-odds of one token, half an item added on either side: theta [p, 3]."""
    shares = (right + 0.5) / (design.items + 1.0)
    shares = np.clip((shares - design.chance) / (1 - design.chance), 1e-4, 1 - 1e-4)
    token = shares ** (1 / design.answer_tokens)
    log_odds = np.log(token / (1 - token))
    columns = np.stack([np.ones_like(design.x), design.x], axis=-1)
    theta = np.zeros((len(right), 3))
    theta[:, :2] = log_odds @ np.linalg.pinv(columns).T
    return theta


def predictor(design: Design, theta: Array, z: Array) -> Array:
    """The linear predictor eta [p, m]."""
    eta: Array = theta[:, :1] + theta[:, 1:2] * design.x + theta[:, 2:] * z
    return eta


def _chosen(better: NDArray[np.bool_], new: Array, old: Array) -> Array:
    return np.where(better if new.ndim == 1 else better[:, None], new, old)


def _evaluated(design: Design, right: Array, z: Array, theta: Array) -> _Point:
    """Log-likelihood with its first derivative and Fisher information by eta, row by row."""
    k, free = design.answer_tokens, 1 - design.chance
    small = np.exp(-np.clip(predictor(design, theta, z), -STEEPEST, STEEPEST))
    log_share = -k * np.log1p(small)
    share = np.exp(log_share)
    accuracy = np.clip(design.chance + free * share, ENDS, 1.0)
    miss = np.clip(-free * np.expm1(log_share), ENDS, 1.0)
    wrong = design.items - right
    likelihood = (right * np.log(accuracy) + wrong * np.log(miss)).sum(axis=-1)
    by_eta = free * share * k * small / (1 + small)
    return _Point(
        likelihood,
        (right / accuracy - wrong / miss) * by_eta,
        design.items * by_eta**2 / (accuracy * miss),
    )


def _step(design: Design, point: _Point, z: Array, damping: Array, width: int) -> Array:
    """The damped scoring step [p, width], from the sums over rows of weight and slope."""
    x, weight, slope = design.x, point.weight, point.slope
    powers = np.stack([np.ones_like(x), x, x * x], axis=-1)
    sums, gradient = weight @ powers, slope @ powers[:, :2]
    information = np.empty((len(weight), width, width))
    information[:, 0, 0], information[:, 1, 1] = sums[:, 0], sums[:, 2]
    information[:, 0, 1] = information[:, 1, 0] = sums[:, 1]
    if width == 3:
        broken = weight * z
        cross = broken @ powers[:, :2]
        information[:, 0, 2] = information[:, 2, 0] = cross[:, 0]
        information[:, 1, 2] = information[:, 2, 1] = cross[:, 1]
        information[:, 2, 2] = (broken * z).sum(axis=-1)
        gradient = np.concatenate([gradient, (slope * z).sum(axis=-1)[:, None]], axis=-1)
    diagonal = np.einsum("pii->pi", information)
    diagonal += damping[:, None] * diagonal + 1e-9
    return solved(information, gradient)
