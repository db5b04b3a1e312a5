"""What a published law comes with: fitted ranges, standard errors, values to check it by."""

from dataclasses import dataclass, fields
from typing import final

from scalecalc.laws.row import Row


@final
@dataclass(frozen=True, slots=True)
class Range:
    """The interval that a law was fitted on, an end being None where nothing is published."""

    low: float | None = None
    high: float | None = None

    def excess(self, value: float) -> float:
        """How many times beyond the nearer end a positive value lies; 1.0 inside.

        >>> Range(1e18, 1e22).excess(3e22)
        3.0
        """
        above = 1.0 if self.high is None else value / self.high
        below = 1.0 if self.low is None else self.low / value
        return max(1.0, above, below)

    @classmethod
    def from_row(cls, row: Row) -> "Range":
        """Read a table with positive `low` and `high`, either of which may be absent."""
        row.refuse_unknown(("low", "high"))
        low, high = (row.positive(end) if end in row.values else None for end in ("low", "high"))
        if low is not None and high is not None and low > high:
            raise row.wrong("low", f"at most high, {high!r}")
        return cls(low, high)

    def to_row(self) -> dict[str, object]:
        """Low and high, as far as they are known."""
        return {end: value for end, value in (("low", self.low), ("high", self.high)) if value is not None}


OPEN = Range()


@final
@dataclass(frozen=True, slots=True)
class Ranges:
    """What a law was fitted on, for each quantity."""

    params: Range = OPEN
    tokens: Range = OPEN
    flops: Range = OPEN
    tokens_per_param: Range = OPEN
    unique_tokens: Range = OPEN
    epochs: Range = OPEN
    experts: Range = OPEN
    granularity: Range = OPEN
    bits: Range = OPEN
    vocab: Range = OPEN
    characters: Range = OPEN

    @classmethod
    def from_row(cls, row: Row) -> "Ranges":
        """Read one table per quantity."""
        row.refuse_unknown(_RANGED)
        return cls(**{quantity: Range.from_row(row.table(quantity)) for quantity in row.values})

    def to_row(self) -> dict[str, object]:
        """Quantities of which an end is known."""
        ranges = {quantity: getattr(self, quantity) for quantity in _RANGED}
        return {quantity: known.to_row() for quantity, known in ranges.items() if known != OPEN}


UNKNOWN = Ranges()

_RANGED = tuple(field.name for field in fields(Ranges))


@final
@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Standard errors of named parameters, and their covariance where it is known.

    A name such as ln_A stands for the natural logarithm of the coefficient A.
    """

    parameters: tuple[str, ...]
    errors: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...] = ()
    source: str = ""

    @classmethod
    def from_row(cls, row: Row) -> "Uncertainty":
        """Read names, standard errors and, if there is one, a square covariance."""
        row.refuse_unknown(("parameters", "errors", "covariance", "source"))
        parameters, errors, covariance = (
            row.texts("parameters"),
            row.numbers("errors"),
            row.matrix("covariance"),
        )
        if not parameters or len(errors) != len(parameters) or min(errors) < 0:
            raise row.wrong("errors", "one standard error for each of parameters")
        if covariance and {len(covariance), *map(len, covariance)} != {len(parameters)}:
            raise row.wrong("covariance", "square, one row for each of parameters")
        return cls(parameters, errors, covariance, row.text("source"))

    def to_row(self) -> dict[str, object]:
        """Table that `from_row` reads."""
        row: dict[str, object] = {"parameters": list(self.parameters), "errors": list(self.errors)}
        if self.covariance:
            row["covariance"] = [list(line) for line in self.covariance]
        if self.source:
            row["source"] = self.source
        return row


_CHECKED = (
    *("params", "tokens", "flops", "loss", "unique_tokens", "experts", "granularity", "sparsity"),
    *("weights", "activations", "cache", "kept", "vocab", "width", "characters", "transferred", "error"),
    *("tokens_per_param", "learning_rate", "batch_tokens", "critical_batch_tokens", "adamw_timescale"),
)
"""What a check can give or be given; weights, activations and cache are their bits, kept is N_eff / N."""

RECOMPUTED = "recomputed from the constants"
"""Source of a check that no paper prints."""


@final
@dataclass(frozen=True, slots=True)
class Check:
    """Known values of a law: `at` these arguments it `gives` these results, to a relative `rtol`."""

    at: tuple[tuple[str, float], ...]
    gives: tuple[tuple[str, float], ...]
    rtol: float
    source: str = RECOMPUTED

    @classmethod
    def from_row(cls, row: Row) -> "Check":
        """Read arguments, results, tolerance and source."""
        row.refuse_unknown((*_CHECKED, "gives", "rtol", "source"))
        at = tuple((key, row.positive(key)) for key in row.values if key in _CHECKED)
        inner = row.table("gives")
        inner.refuse_unknown(_CHECKED)
        gives = tuple((key, inner.positive(key)) for key in inner.values)
        if not at or not gives:
            raise ValueError(
                f"{row.name} must name what is given and what it gives, of {', '.join(_CHECKED)}"
            )
        return cls(at, gives, row.positive("rtol"), row.text("source", RECOMPUTED))

    def to_row(self) -> dict[str, object]:
        """Table that `from_row` reads."""
        row: dict[str, object] = {**dict(self.at), "gives": dict(self.gives), "rtol": self.rtol}
        return row if self.source == RECOMPUTED else {**row, "source": self.source}
