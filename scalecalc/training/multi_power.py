"""The loss curve that a schedule implies, by the multi-power law of Luo et al. 2025 (arXiv 2503.12811).

NumPy is imported by the functions that take arrays, not with the module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, final

from scalecalc.laws.row import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Steps = NDArray[np.int64]

FORM = "multi-power"

EXACT = 30_000
"""Steps up to which every change of the rate is a term of its own; in longer runs blocks of steps are."""

LARGEST_MATRIX = 4_000_000
"""Terms of the sum over changes that are held at once."""


@final
@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of the learning rate, each of shape [n].

    `fall` is the rate before minus the rate after, `rate` the rate after, and `before` the area under the
    curve up to the change.
    """

    fall: "Array"
    rate: "Array"
    before: "Array"


@final
@dataclass(frozen=True, slots=True)
class MultiPowerLaw:
    """L(t) = L0 + A * S(t)**-alpha - B * sum_k (r[k-1] - r[k]) * G(r[k]**-gamma * S_k(t)).

    r[k] is the learning rate of step k, S(t) the sum of the rates of the steps 1 to t, S_k(t) of k to t, and
    G(x) = 1 - (1 + C * x)**-beta. As in the code that the authors released, the warm-up counts in S, and its
    rises in the sum. Constants belong to one model, batch, data and counting of steps.
    """

    L0: float
    A: float
    alpha: float
    B: float
    C: float
    beta: float
    gamma: float

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not (value > 0 or (value == 0 and each.name in ("L0", "B"))):
                raise ValueError(f"{each.name} must be positive, not {value!r}")

    @classmethod
    def from_row(cls, name: str, row: Mapping[str, object]) -> "MultiPowerLaw":
        """Read a law file's table of coefficients; a ValueError names the key and value that are wrong."""
        read = Row(name, row)
        names = [each.name for each in fields(cls)]
        read.refuse_unknown(names)
        return cls(**{each: read.number(each) for each in names})

    def losses(self, rates: "Array", steps: "Steps") -> "Array":
        """Loss after each of these steps [m], the rates [n] being those of the steps 1, ..., n.

        >>> import numpy as np
        >>> law = MultiPowerLaw(L0=2.0, A=0.5, alpha=0.5, B=400.0, C=2.0, beta=0.6, gamma=0.6)
        >>> law.losses(np.full(1000, 1e-3), np.array([250, 1000])).round(9).tolist()
        [3.0, 2.5]
        """
        import numpy as np

        area = np.cumsum(rates)
        at = area[np.asarray(steps) - 1]
        return (
            self.L0
            + self.A * at**-self.alpha
            - self.B * self.drops(at, changes_of(rates, at=np.asarray(steps)))
        )

    def taken_off_by_falls(self, rates: "Array") -> float:
        """What the falls of the rate take off the loss after the last step, its rises left aside."""
        import numpy as np

        changes = changes_of(rates)
        falls = changes.fall > 0
        fallen = Changes(changes.fall[falls], changes.rate[falls], changes.before[falls])
        return float(self.B * self.drops(np.array([rates.sum()]), fallen)[0])

    def drops(self, area: "Array", changes: Changes) -> "Array":
        """The sum over the changes, without B, at these areas under the curve [m]."""
        import numpy as np

        rows = max(1, LARGEST_MATRIX // max(1, len(changes.fall)))
        parts = [self._drops(area[start : start + rows], changes) for start in range(0, len(area), rows)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _drops(self, area: "Array", changes: Changes) -> "Array":
        import numpy as np

        since = np.maximum(area[:, None] - changes.before, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = changes.rate**-self.gamma * since
        scaled[since == 0] = 0.0  # a change to a rate of zero that nothing followed yet
        return np.asarray(-np.expm1(-self.beta * np.log1p(self.C * scaled)) @ changes.fall)


def changes_of(rates: "Array", most: int = EXACT, at: "Steps | None" = None) -> Changes:
    """The changes of rates [n] step by step, or of about `most` blocks of steps if there are more.

    Blocks end at the steps `at` [m], so that losses after these take in whole blocks alone. Changes of zero
    are left out.
    """
    import numpy as np

    fall, after, before = rates[:-1] - rates[1:], rates[1:], np.cumsum(rates)[:-1]
    size = -(-len(fall) // most)
    if size > 1:
        starts = np.arange(0, len(fall), size)
        if at is not None:
            starts = np.union1d(starts, at[at <= len(fall)] - 1)
        fall, after, before = _halves(fall, after, before, starts)
    kept = fall != 0
    return Changes(fall[kept], after[kept], before[kept])


def _halves(fall: "Array", after: "Array", before: "Array", starts: "Steps") -> "tuple[Array, Array, Array]":
    """Each block's change as two halves, one standard deviation of its steps' areas on either side.

    As Gauss's rule of two points does, it keeps the mean and the spread of the block; a sudden change keeps
    its place.
    """
    import numpy as np

    weight = np.abs(fall)
    whole = np.add.reduceat(weight, starts)
    whole[whole == 0] = 1.0
    lengths = np.diff(np.append(starts, len(fall)))

    def mean(values: "Array") -> "Array":
        return np.asarray(np.add.reduceat(weight * values, starts) / whole)

    rate, area = mean(after), mean(before)
    aside = before - np.repeat(area, lengths)
    spread = np.sqrt(mean(aside**2))
    slope = np.divide(mean(aside * after), spread, out=np.zeros_like(spread), where=spread > 0)
    half = np.add.reduceat(fall, starts) / 2
    rates = np.maximum(np.concatenate([rate - slope, rate + slope]), 0.0)
    return np.concatenate([half, half]), rates, np.concatenate([area - spread, area + spread])
