"""Losses of many runs by a fit, with intervals: the delta method on whole columns at once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scalecalc.fitting import Fit

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Fitted losses [n], and the factors [n] by which intervals reach: of the mean, and of one more run."""

    value: "Array"
    mean: "Array"
    new_run: "Array"


def fitted_losses(fit: "Fit", params: "Array", tokens: "Array | None", level: float) -> Losses:
    """Losses at params, tokens [n]; a law of one variable takes it as `params`, with tokens None.

    The figures are those of `fitting.delta_intervals` on `fitting.loss_quantity`, run by run.
    """
    import numpy as np

    from scalecalc.fitting.distributions import quantile_of_t
    from scalecalc.fitting.surface import log_loss_at

    x = np.log(params) - fit.centers[0]
    z = (0.0 if tokens is None else np.log(tokens)) - fit.centers[1] + np.zeros_like(x)
    theta, finite = fit.theta, np.isfinite(fit.theta)
    step = 1e-5 * np.maximum(1.0, np.abs(np.where(finite, theta, 1.0)))
    up, down = (log_loss_at((theta + sign * np.diag(step))[:, None, :], x, z) for sign in (1, -1))
    slopes = np.where(finite[:, None], (up - down) / (2.0 * step[:, None]), 0.0)
    variance = np.maximum(np.einsum("in,ij,jn->n", slopes, fit.covariance, slopes), 0.0)
    quantile = quantile_of_t(fit.degrees, level)
    with np.errstate(over="ignore"):
        return Losses(
            value=np.exp(log_loss_at(theta, x, z)),
            mean=np.exp(quantile * np.sqrt(variance)),
            new_run=np.exp(quantile * np.sqrt(variance + fit.sigma**2)),
        )
