"""The runs that would narrow a fit's answer most: each next one chosen given those before it."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from scalecalc.quantity import Flops, Params, Share, Tokens, significant
from scalecalc.result import Result, Row, Shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scalecalc.fitting import Fit, Quantity

    Array = NDArray[np.float64]

COUNT = 4
"""Runs that are proposed."""

STEPS = 25
"""Sizes, and numbers of tokens, to choose from; evenly spaced in their logarithm."""


class NextRun(Row):
    """A run, the loss that the law expects of it, and what is left of the interval after it."""

    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    loss: Annotated[float, Shown(digits=4)] = Field(title="loss by the law")
    left: Share = Field(
        title="interval left", description="Width after this run and those before it, over today's."
    )


class NextRuns(Result):
    """Runs in the order in which to make them."""

    told: ClassVar[frozenset[str]] = frozenset({"of"})

    of: str = Field(description="The quantity whose interval is narrowed.")
    runs: tuple[NextRun, ...] = Field(title="the next runs, each chosen given those before it")

    def headline(self) -> str:
        """What they are worth together."""
        less = Share(1 - self.runs[-1].left)
        return f"{len(self.runs)} more runs narrow the interval of {self.of} by {less}"


def next_runs(fit: "Fit", flops: float | None) -> NextRuns | None:
    """Runs within what was run that narrow N* at the budget, or the exponent a where there is none, most.

    One more run of gradient g takes (c' S g)**2 / (sigma**2 + g' S g) off the variance c' S c of a quantity
    of gradient c, S being the covariance: the fit linearized, with noise that is equal and independent. None
    where the covariance tells nothing.
    """
    import numpy as np

    from scalecalc.fitting.quantities import slopes

    told, quantity = _aim(flops)
    aim = slopes(quantity, fit.theta, fit.centers)
    covariance = fit.covariance.copy()
    before = float(aim @ covariance @ aim)
    if not (np.isfinite(covariance).all() and before > 0 and fit.sigma > 0):
        return None
    params, tokens, gradients, losses = _candidates(fit)
    if not len(losses):
        return None
    found = []
    for _ in range(COUNT):
        reach = gradients @ covariance
        noise = fit.sigma**2 + np.einsum("ni,ni->n", reach, gradients)
        best = int(np.argmax((reach @ aim) ** 2 / noise))
        covariance -= np.outer(reach[best], reach[best]) / noise[best]
        left = min(1.0, max(0.0, float(aim @ covariance @ aim)) / before) ** 0.5
        size, seen = Params(float(f"{params[best]:.3g}")), Tokens(float(f"{tokens[best]:.3g}"))
        found.append(
            NextRun(
                params=size,
                tokens=seen,
                flops=Flops(6 * size * seen),
                loss=float(losses[best]),
                left=Share(left),
            )
        )
    return NextRuns(
        of=told,
        runs=tuple(found),
        assumptions=(_basis(fit.sigma),),
    )


def _basis(sigma: float) -> str:
    """What the proposal rests on."""
    noise = f"noise equal and independent, {significant(sigma, 2)} of log loss"
    return f"next runs: the fit linearized, {noise}; within the N, D, compute and loss of the runs"


def _aim(flops: float | None) -> tuple[str, "Quantity"]:
    """What is to be told more sharply, in words and as a quantity."""
    from scalecalc.fitting import allocation_exponents, optimum_quantities

    if flops is None:
        return "the exponent a of N*", allocation_exponents()[0]
    return f"N* at {Flops(flops)} FLOPs", optimum_quantities(flops)[0]


def _candidates(fit: "Fit") -> "tuple[Array, Array, Array, Array]":
    """Sizes and tokens [n] within the runs' own, with gradients [n, 6] of log loss and losses [n].

    Within means: no size, tokens, compute or loss that lies outside those of the runs.
    """
    import numpy as np

    from scalecalc.fitting.surface import log_loss_at

    sides = [np.geomspace(*fit.ranges[name], STEPS) for name in ("params", "tokens")]
    params, tokens = (each.ravel() for each in np.meshgrid(*sides))
    x, z = np.log(params) - fit.centers[0], np.log(tokens) - fit.centers[1]
    losses = np.exp(log_loss_at(fit.theta, x, z))
    known = np.ones(len(losses), dtype=np.bool_)
    for name, values in (("flops", 6 * params * tokens), ("loss", losses)):
        low, high = fit.ranges[name]
        known &= (low <= values) & (values <= high)
    finite = np.isfinite(fit.theta)
    step = 1e-5 * np.maximum(1.0, np.abs(np.where(finite, fit.theta, 1.0)))
    up, down = (log_loss_at((fit.theta + sign * np.diag(step))[:, None, :], x, z) for sign in (1, -1))
    gradients = np.where(finite[:, None], (up - down) / (2.0 * step[:, None]), 0.0).T
    return params[known], tokens[known], gradients[known], losses[known]
