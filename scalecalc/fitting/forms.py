"""The forms that can be fitted: each a family of the one surface, described by linear equations.

In the centred parameters theta of `surface`, fixing any natural parameter is one linear equation: A = v,
say, is a + alpha * mean(log N) - gamma * log(v) = 0. Forms, fixed parameters, ties between exponents and
bounds are therefore all the same thing, and one solver serves every form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.surface import chart_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from scalecalc.fitting.surface import Chart

    Array = NDArray[np.float64]
    Centers = tuple[float, float]

EXPONENT_RANGE = (0.01, 5.0)
"""Where an exponent is looked for unless bounds say otherwise; 0 would make its term a second floor."""

OUTER_RANGE = (0.02, 10.0)
"""Where the outer exponent gamma is looked for."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A natural parameter of a form, and the linear equation in theta that fixing it means.

    `kind` is floor (E), scale (A, B), pivot (N_c), exponent (inside gamma), slope (of log loss) or outer;
    `axis` is 0 for params and 1 for tokens. `sign` is -1
    for the exponent of a rising power. `search` is the default range, None where any value may come out.
    """

    name: str
    kind: str
    axis: int = 0
    sign: float = 1.0
    search: tuple[float, float] | None = None

    def equation(self, value: float, centers: Centers) -> tuple[Array, float]:
        """(row [6], right) with row @ theta - right having the sign of (parameter - value)."""
        row = np.zeros(6)
        level, exponent = 1 + self.axis, 3 + self.axis
        right = 0.0
        if self.kind == "floor":
            row[0], right = 1.0, np.log(value)
        elif self.kind == "scale":
            row[[level, exponent, 5]] = 1.0, centers[self.axis], -np.log(value)
        elif self.kind == "pivot":
            row[[level, exponent]] = 1.0, centers[self.axis] - np.log(value)
        elif self.kind == "slope":
            row[exponent], right = self.sign, value
        elif self.kind == "exponent":
            row[exponent], row[5] = 1.0, -value
        else:
            row[5], right = 1.0, value
        return row, float(right)

    @property
    def positive(self) -> bool:
        """Whether the parameter is a positive scale, whose interval is symmetric in its logarithm."""
        return self.kind in {"floor", "scale", "pivot"}

    def gradient(self, theta: Array, centers: Centers) -> Array:
        """Derivative [6] of `read` at theta [6]; zero along a dropped term."""
        level, exponent = 1 + self.axis, 3 + self.axis
        value, gamma = float(self.read(theta, centers)), theta[5]
        slope = np.zeros(6)
        if not np.isfinite(value):
            return slope
        if self.kind == "floor":
            slope[0] = 1.0
        elif self.kind == "scale":
            slope[[level, exponent, 5]] = 1.0 / gamma, centers[self.axis] / gamma, -value / gamma
        elif self.kind == "pivot":
            slope[[level, exponent]] = 1.0 / theta[exponent], -theta[level] / theta[exponent] ** 2
        elif self.kind == "slope":
            slope[exponent] = self.sign
        elif self.kind == "exponent":
            slope[[exponent, 5]] = 1.0 / gamma, -value / gamma
        else:
            slope[5] = 1.0
        return slope

    def read(self, theta: Array, centers: Centers) -> Array:
        """The parameter of theta [..., 6]; its natural logarithm when `positive`."""
        e, gamma = theta[..., 0], theta[..., 5]
        level, exponent = theta[..., 1 + self.axis], theta[..., 3 + self.axis]
        center = centers[self.axis]
        values: dict[str, Array] = {
            "floor": e,
            "scale": (level + exponent * center) / gamma,
            "slope": self.sign * exponent,
            "exponent": exponent / gamma,
            "outer": gamma,
        }
        return values[self.kind] if self.kind != "pivot" else level / exponent + center


@dataclass(frozen=True, slots=True)
class Form:
    """A law with its natural parameters; `formula` is how it is written.

    `floor` and `tokens` say which terms exist, `nested` whether the outer exponent may differ from 1,
    `tied` which pair of coordinates of theta is equal.
    """

    name: str
    formula: str
    parameters: tuple[Parameter, ...]
    floor: bool = True
    tokens: bool = True
    nested: bool = False
    tied: tuple[int, int] | None = None

    def parameter(self, name: str) -> Parameter:
        """The parameter called `name`."""
        for each in self.parameters:
            if each.name == name:
                return each
        raise ValueError(
            f"{self.name} has no parameter {name!r}; it has {', '.join(p.name for p in self.parameters)}"
        )

    def chart(self, centers: Centers, fixed: Mapping[str, float]) -> Chart:
        """The family of theta that is left free when the `fixed` natural parameters are held."""
        return self._chart(centers, tuple(fixed.items())) if fixed else self._chart((0.0, 0.0), ())

    @property
    def convex(self) -> bool:
        """Whether log loss is linear in theta, so that objectives on it have one minimum."""
        return not self.floor and not self.tokens

    @lru_cache(maxsize=32)  # noqa: B019 - forms are constants of this module
    def _chart(self, centers: Centers, held: tuple[tuple[str, float], ...]) -> Chart:
        fixed = dict(held)
        equations = [np.append(np.eye(6)[5], 1.0)] if not self.nested else []
        dropped = [] if self.floor and fixed.get("E") != 0.0 else [0]
        if not self.tokens:
            dropped += [2, 4]
        equations += [np.append(np.eye(6)[k], 0.0) for k in dropped]
        if self.tied is not None:
            equations.append(np.append(np.eye(6)[self.tied[0]] - np.eye(6)[self.tied[1]], 0.0))
        for name, value in fixed.items():
            parameter = self.parameter(name)
            if parameter.kind != "floor" or value != 0.0:
                equations.append(np.append(*parameter.equation(value, centers)))
        origin, basis = _solutions(np.array(equations).reshape(-1, 7), fixed)
        origin[[k for k in dropped if k in {0, 2}]] = -np.inf
        return chart_of(origin, basis, nested=self.nested)


def _solutions(equations: Array, fixed: Mapping[str, float]) -> tuple[Array, Array]:
    """A particular solution [6] and a basis [6, k] of the null space, of equations [m, 7] (row, right)."""
    rows, right = equations[:, :6], equations[:, 6]
    if (np.count_nonzero(rows, axis=1) == 1).all():
        held = np.abs(rows).sum(axis=0) > 0
        origin = np.zeros(6)
        for row, value in zip(rows, right, strict=True):
            origin[row != 0] = value / row[row != 0]
        basis = np.eye(6)[:, ~held]
    else:
        origin = np.asarray(np.linalg.lstsq(rows, right, rcond=None)[0], dtype=np.float64)
        _, singular, vectors = np.linalg.svd(rows)
        basis = vectors[int((singular > 1e-10 * singular[0]).sum()) :].T
    if len(rows) and np.abs(rows @ origin - right).max() > 1e-8 * (1 + np.abs(right).max()):
        raise ValueError(f"fixed values contradict each other or the form: {dict(fixed)}")
    return origin, basis


_ALPHA = Parameter("alpha", "exponent", 0, search=EXPONENT_RANGE)
_BETA = Parameter("beta", "exponent", 1, search=EXPONENT_RANGE)
_E, _A, _B = Parameter("E", "floor"), Parameter("A", "scale", 0), Parameter("B", "scale", 1)

FORMS: dict[str, Form] = {
    each.name: each
    for each in (
        Form("additive", "L = E + A/N^alpha + B/D^beta", (_E, _A, _B, _ALPHA, _BETA)),
        Form("shared-exponent", "L = E + A/N^alpha + B/D^alpha", (_E, _A, _B, _ALPHA), tied=(3, 4)),
        Form(
            "joint-power",
            "L = E + (A/N^alpha + B/D^beta)^gamma",
            (_E, _A, _B, _ALPHA, _BETA, Parameter("gamma", "outer", search=OUTER_RANGE)),
            nested=True,
        ),
        Form(
            "kaplan-joint",
            "L = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D",
            (
                Parameter("N_c", "pivot", 0),
                Parameter("D_c", "pivot", 1),
                Parameter("alpha_N", "slope", 0, search=EXPONENT_RANGE),
                Parameter("alpha_D", "slope", 1, search=EXPONENT_RANGE),
            ),
            floor=False,
            nested=True,
            tied=(4, 5),
        ),
        Form(
            "power",
            "y = a x^b",
            (Parameter("a", "scale", 0), Parameter("b", "slope", 0, sign=-1.0)),
            floor=False,
            tokens=False,
        ),
        Form(
            "power-floor",
            "y = E + a/x^b",
            (_E, Parameter("a", "scale", 0), Parameter("b", "slope", 0, search=EXPONENT_RANGE)),
            tokens=False,
        ),
    )
}
"""All forms by name."""


def form(name: str) -> Form:
    """The form called `name`."""
    if name not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {name!r}")
    return FORMS[name]
