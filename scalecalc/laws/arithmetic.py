"""Numbers that laws take: floats or arrays, always positive, and powers that do not overflow."""

import math
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Number = TypeVar("Number", float, "NDArray[np.float64]")
"""One float or one array of floats; both arguments of a call are of the same kind."""

Variable = Literal["params", "tokens", "flops"]

FLOPS_PER_TOKEN_PER_PARAM = 6
"""C = 6ND: two FLOPs forward and four backward for each parameter and token."""

PF_DAY = 1e15 * 86_400
"""FLOPs in one PF-day, the unit of Kaplan et al. 2020 and Brown et al. 2020."""


def require_positive(name: str, value: object) -> None:
    """Refuse a float that is not positive and finite; arrays are taken on trust."""
    if isinstance(value, (int, float)) and not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, not {value!r}")


class BeyondFloatsError(ArithmeticError, ValueError):
    """A positive value whose answer no float can hold, such as a budget of 1e-320 FLOPs."""


def beyond_floats(name: str, value: object) -> BeyondFloatsError:
    """Error that names the argument and its value."""
    return BeyondFloatsError(f"{name} must be such that floats can hold the answer, not {value!r}")


def power(base: float, exponent: float) -> float:
    """Return base**exponent for base >= 0, infinite where a float cannot hold it.

    >>> power(1e-300, -2.0)
    inf
    """
    try:
        return math.pow(base, exponent)
    except (OverflowError, ValueError):  # ValueError is 0 to a negative power
        return math.inf
