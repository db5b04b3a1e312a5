"""Refusals before a fit: tables that cannot determine the law that is asked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from scalecalc.fitting.forms import Form
    from scalecalc.fitting.runs import Runs

    Array = NDArray[np.float64]

SPREAD = 0.05
"""Least standard deviation of log D about its best line in log N: five per cent."""


def require_answerable(runs: Runs, form: Form, fixed: Collection[str], counts: tuple[int, int]) -> None:
    """Raises Problem when no fit can tell the parameters apart, with the reason and the remedy.

    `counts` are the number of distinct rows and of free parameters.
    """
    if form.tokens != (runs.tokens is not None):
        needs = "params and tokens" if form.tokens else "one variable, without tokens"
        raise ValueError(f"form {form.name} needs {needs}")
    distinct, free = counts
    if distinct <= free:
        raise _refusal(
            "too-few-rows",
            f"{distinct} different rows cannot determine {free} parameters and their noise",
            f"give at least {free + 1} different rows, or fix parameters with --fix",
        )
    if np.ptp(runs.loss) == 0:
        raise _refusal("constant-loss", f"the loss is {runs.loss[0]:g} in every row", "check the loss column")
    held = [{"A", "a", "N_c"}, {"B", "D_c"}]
    for axis, (name, column) in enumerate((("params", runs.params), ("tokens", runs.tokens))):
        if column is not None and not held[axis] & set(fixed):
            _require_levels(name, column, form)
    if runs.tokens is not None and not {"alpha", "beta", "alpha_N", "alpha_D"} & set(fixed):
        _require_two_directions(np.log(runs.params), np.log(runs.tokens))


def _require_levels(name: str, column: Array, form: Form) -> None:
    """A power needs two values of its variable, three when a floor has to be told apart from it."""
    least, largest = column.min(), column.max()
    between = ((column > least) & (column < largest)).any()
    levels = 1 if least == largest else 3 if between else 2
    if levels >= (3 if form.floor else 2):
        return
    told = (
        f"all {name} equal {column[0]:g}" if levels == 1 else f"{name} takes only {levels} different values"
    )
    other = "tokens" if name == "params" else "params"
    hint = f"vary {name}" + (f", or fit power-floor in {other} alone" if form.tokens else "")
    raise _refusal("constant-column", told, hint)


def _require_two_directions(log_params: Array, log_tokens: Array) -> None:
    """N and D must not rise together along one line, as on D = 20 N."""
    x, z = log_params - log_params.mean(), log_tokens - log_tokens.mean()
    slope = x @ z / (x @ x)
    spread = float(np.std(z - slope * x))
    if spread < SPREAD:
        law = "proportional to params" if abs(slope - 1) < 0.05 else f"params**{slope:.2g}"
        raise _refusal(
            "collinear-design",
            f"tokens are {law} within {100 * spread:.1f} %, so alpha and beta cannot be told apart",
            "add runs at other tokens per parameter, or fit power-floor against one column",
        )


def _refusal(code: str, message: str, hint: str) -> Problem:
    return Problem(code, message, hint, ExitCode.NO_ANSWER)
