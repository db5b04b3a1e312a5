"""Whether a continuous measure breaks with scale: the same question as for accuracy, without counts.

A measure such as a loss or an edit distance is a straight line in log scale, its logarithm if it is positive
throughout (a power law), or breaks once more. The noise is normal with one unknown variance, so the supremum
of the F statistics over the places of the break depends on the design alone: its distribution is simulated
exactly, up to the number of draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.emergence import BREAK_PARAMETERS, FEWEST, Place, places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EXACT = 1e-20
"""Residual sum of squares, as a share of that about zero, that rounding may leave of a perfect line."""


@dataclass(frozen=True, slots=True, eq=False)
class ContinuousTest:
    """A line in log scale against a broken one, of the measure or of its logarithm (`is_log`).

    `statistic` is F = ((RSS0 - RSS1) / 2) / (RSS1 / (m - 4)) at the best `place`; `bic_gain` is positive
    where the break pays for its two parameters.
    """

    place: Place
    break_scale: float
    is_log: bool
    statistic: float
    p_value: float
    bic_gain: float


def continuous_break_test(
    scale: Array, measure: Array, *, resamples: int = 400, seed: int = 0
) -> ContinuousTest:
    """The test of a measure [m] at scales [m]; the same seed gives the same p-value."""
    different = len(np.unique(scale))
    if different < FEWEST:
        raise ValueError(f"scale must have {FEWEST} different values, got {different}")
    is_log = bool((measure > 0).all())
    values = np.log(measure) if is_log else measure
    logs = np.log10(scale)
    x = logs - logs.mean()
    candidates = places(x)
    line, directions = _projections(x, candidates)
    random = np.random.default_rng(seed)
    noise = random.normal(size=(resamples, len(x)))
    rest, drops = _sums(np.concatenate([values[None], noise]), line, directions)
    best = drops.max(axis=1)
    degrees = len(x) - 2 - BREAK_PARAMETERS
    floor = EXACT * max(float((values**2).sum()), 1e-300)
    left = np.maximum(rest - best, floor)
    statistics = np.where(rest <= 2 * floor, 0.0, best / BREAK_PARAMETERS / (left / degrees))
    place = candidates[int(drops[0].argmax())]
    return ContinuousTest(
        place=place,
        break_scale=float(10.0 ** (logs.mean() + place.at)),
        is_log=is_log,
        statistic=float(statistics[0]),
        p_value=float((statistics >= statistics[0] * (1 - 1e-9)).sum() / (1 + resamples)),
        bic_gain=float(_log_ratio(rest[0], left[0], floor) * len(x) - BREAK_PARAMETERS * np.log(len(x))),
    )


def _projections(x: Array, candidates: tuple[Place, ...]) -> tuple[Array, Array]:
    """An orthonormal basis [m, 2] of lines, and of each break the unit vector [c, m] it adds to them."""
    line, _ = np.linalg.qr(np.stack([np.ones_like(x), x], axis=-1))
    columns = np.stack([place.column(x) for place in candidates])
    columns -= columns @ line @ line.T
    return line, columns / np.linalg.norm(columns, axis=1, keepdims=True)


def _sums(values: Array, line: Array, directions: Array) -> tuple[Array, Array]:
    """Residual sums of squares [p] about the line, and by how much each break lessens them [p, c]."""
    residuals = values - values @ line @ line.T
    rest: Array = (residuals**2).sum(axis=1)
    return rest, (residuals @ directions.T) ** 2


def _log_ratio(rest: float, left: float, floor: float) -> float:
    return float(np.log(rest / left)) if rest > 2 * floor else 0.0
