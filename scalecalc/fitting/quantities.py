"""What is asked of a fitted law: its parameters, the optimal allocation, the loss somewhere.

A quantity is a function of the centred parameters theta [..., 6]; positive ones are computed, and their
intervals are symmetric, in the logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.surface import log_loss_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scalecalc.fitting.forms import Form

    Array = NDArray[np.float64]
    Centers = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named function of theta: `of(theta, centers)` for theta [..., 6] gives [...], in logs when `log`.

    `is_loss` marks a predicted loss, for which a new run scatters around the mean.
    """

    name: str
    of: Callable[[Array, Centers], Array]
    log: bool = True
    is_loss: bool = False


def parameter_quantities(form: Form) -> tuple[Quantity, ...]:
    """The natural parameters of the form."""
    return tuple(Quantity(each.name, each.read, each.positive) for each in form.parameters)


def allocation_exponents() -> tuple[Quantity, Quantity]:
    """a = beta / (alpha + beta) and b = alpha / (alpha + beta), of N* ~ C**a and D* ~ C**b."""

    def params_exponent(theta: Array, _: Centers) -> Array:
        exponent: Array = theta[..., 4] / (theta[..., 3] + theta[..., 4])
        return exponent

    def tokens_exponent(theta: Array, _: Centers) -> Array:
        exponent: Array = theta[..., 3] / (theta[..., 3] + theta[..., 4])
        return exponent

    return Quantity("a", params_exponent, log=False), Quantity("b", tokens_exponent, log=False)


def optimum_quantities(flops: float) -> tuple[Quantity, ...]:
    """N*, D*, tokens per parameter and loss at the optimum of a budget in FLOPs, C = 6 N D."""
    half = float(np.log(flops / 6.0))

    def tokens(theta: Array, centers: Centers) -> Array:
        return half - log_optimal_params(theta, centers, half)

    def ratio(theta: Array, centers: Centers) -> Array:
        return half - 2.0 * log_optimal_params(theta, centers, half)

    def loss(theta: Array, centers: Centers) -> Array:
        params = log_optimal_params(theta, centers, half)
        with np.errstate(invalid="ignore"):  # NaN stays NaN
            return log_loss_at(theta, params - centers[0], half - params - centers[1])

    return (
        Quantity("params", lambda theta, centers: log_optimal_params(theta, centers, half)),
        Quantity("tokens", tokens),
        Quantity("tokens_per_param", ratio),
        Quantity("loss", loss, is_loss=True),
    )


def loss_quantity(params: float, tokens: float | None = None) -> Quantity:
    """Loss of a run; a law of one variable takes that variable as `params`."""
    x, z = float(np.log(params)), 0.0 if tokens is None else float(np.log(tokens))

    def loss(theta: Array, centers: Centers) -> Array:
        return log_loss_at(theta, np.asarray(x - centers[0]), np.asarray(z - centers[1]))

    return Quantity("loss", loss, is_loss=True)


def log_optimal_params(theta: Array, centers: Centers, half: float) -> Array:
    """log N* with log N* + log D* = `half`: where params and tokens pull the loss down equally.

    The outer exponent is monotone, so the inner sum alone decides: alpha A N**-alpha = beta B D**-beta.
    NaN where a term does not fall: then there is no optimum.
    """
    _, a, b, alpha, beta, gamma = np.moveaxis(theta, -1, 0)
    falling = (alpha > 0) & (beta > 0)
    alpha, beta = np.where(falling, alpha, np.nan), np.where(falling, beta, np.nan)
    pull = gamma * (np.log(alpha) - np.log(beta)) + (a + alpha * centers[0]) - (b + beta * centers[1])
    params: Array = (pull + beta * half) / (alpha + beta)
    return params


def slopes(quantity: Quantity, theta: Array, centers: Centers) -> Array:
    """Gradient [6] of a quantity at theta [6], by central differences (error about 1e-10 relative)."""
    if not np.isfinite(quantity.of(theta, centers)):
        return np.zeros(6)
    step = 1e-5 * np.maximum(1.0, np.abs(np.where(np.isfinite(theta), theta, 1.0)))
    up, down = theta + np.diag(step), theta - np.diag(step)
    gradient: Array = (quantity.of(up, centers) - quantity.of(down, centers)) / (2.0 * step)
    found: Array = np.where(np.isfinite(theta), gradient, 0.0)
    return found


def least_flops_quantity(loss: float) -> Quantity:
    """The least compute whose optimum reaches the loss, C = 6 N D; NaN where the floor lies above it."""

    def log_flops(theta: Array, centers: Centers) -> Array:
        e, a, b, alpha, beta, gamma = np.moveaxis(theta, -1, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            target = np.log(loss - np.exp(e))
        # At the optimum of C the reducible loss is exp(level - decay log(C / 6)), one straight line.
        ends = []
        for half in (40.0, 60.0):
            params = log_optimal_params(theta, centers, half)
            first = a - alpha * (params - centers[0])
            second = b - beta * (half - params - centers[1])
            ends.append(gamma * np.logaddexp(first / gamma, second / gamma))
        slope = (ends[1] - ends[0]) / 20.0
        found: Array = np.log(6.0) + 40.0 + (target - ends[0]) / slope
        return found

    return Quantity("flops", log_flops)
