"""Roots of one variable, in plain floats."""

from collections.abc import Callable

FARTHEST = 1e4
"""How far from the guess a root is looked for; variables are logarithms, so floats end long before."""


def falling_root(function: Callable[[float], float], guess: float) -> float:
    """Where a falling function of a logarithm crosses zero, to the last bit; the sign may be infinite.

    Brackets the root by steps that double from the guess, then bisects. The function may fall to minus
    infinity or from plus infinity, as long as it changes its sign once.

    >>> from math import exp
    >>> falling_root(lambda u: 2 - exp(u), 0.0)
    0.6931471805599452
    """
    low, high = guess, guess
    step = 0.5
    while function(low) < 0:
        low, high, step = low - step, low, 2 * step
        _require_near(step)
    while function(high) > 0:
        low, high, step = high, high + step, 2 * step
        _require_near(step)
    while low < (middle := low + (high - low) / 2) < high:
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return middle


def _require_near(step: float) -> None:
    if step > FARTHEST:
        raise ValueError("the conditions leave no answer within the range of floats")
