"""What a table of runs holds, and what to look at before a law is fitted to it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from scalecalc.commands._intervals import as_figure
from scalecalc.quantity import Flops, Params, Tokens, TokensPerParam, significant
from scalecalc.result import AnyNumber, Result, Row, Shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scalecalc.commands._fit_result import FitResult
    from scalecalc.run_table import RunTable

    Array = NDArray[np.float64]

FEW_ROWS = 5
"""Rows for each parameter below which a fit is fragile."""

NARROW_COMPUTE, NARROW_RATIO = 10.0, 3.0
"""Factors from least to most below which compute, and tokens per parameter, hardly tell a law."""

USUAL_LOSS = (0.3, 20.0)
"""Between these lie losses of language models in nats or bits per token or byte."""

FAR_OFF = 4.0
"""Residual spreads from which a row is named."""

NEAR_TOP = 2.0
"""Factor in compute within which runs belong to the largest budget."""

SEVERAL = 3
"""Runs that make a budget one that was looked at."""

MOST_DECIMALS = 6

TITLES = {"params": "model size", "tokens": "training tokens", "flops": "compute"}

KINDS: dict[str, Any] = {"params": Params, "tokens": Tokens, "flops": Flops}


class ColumnSpan(Row):
    """What one quantity spans over the rows."""

    quantity: str
    least: Annotated[AnyNumber, Shown(digits=4)]
    median: Annotated[AnyNumber, Shown(digits=4)]
    most: Annotated[AnyNumber, Shown(digits=4)]
    different: int = Field(title="different values")


class Check(Row):
    """Something that a table can be wrong with: what was found, whether to look at it, and the remedy."""

    check: str
    verdict: Literal["fine", "look"]
    found: str
    remedy: str | None = None


class DataSummary(Result):
    """A table of runs: its rows, what they span, and the checks."""

    told: ClassVar[frozenset[str]] = frozenset({"rows"})

    rows: int
    labeled_runs: int | None = Field(title="runs", description="Rows of one run are its checkpoints.")
    source: str = Field(title="table")
    derived: tuple[str, ...] = Field(title="derived by C = 6ND")
    fingerprint: str = Field(title="SHA-256", description="Of the bytes of the table.")
    spans: tuple[ColumnSpan, ...] = Field(title="what the rows span")
    checks: tuple[Check, ...] = Field(title="checks")

    def headline(self) -> str:
        """How many rows, and whether anything is to be looked at."""
        wrong = [each.check for each in self.checks if each.verdict == "look"]
        told = f"to be looked at: {', '.join(wrong)}" if wrong else f"{len(self.checks)} checks found nothing"
        return f"{self.rows} rows; {told}"


def data_summary(table: "RunTable", fit: "FitResult", axes: tuple[str, str]) -> DataSummary:
    """The table that was fitted; `axes` are the columns (x, y) of a law of one variable."""
    runs = len(table) if table.runs is None else len(set(table.runs.tolist()))
    return DataSummary(
        rows=len(table),
        labeled_runs=runs if runs < len(table) else None,
        source=table.name,
        derived=table.derived,
        fingerprint=table.fingerprint,
        spans=tuple(_spans(table, axes)),
        checks=tuple(_checks(table, fit)),
    )


def _spans(table: "RunTable", axes: tuple[str, str]) -> Iterator[ColumnSpan]:
    for name, column in _columns(table, axes).items():
        yield _span(TITLES.get(name, name), column, KINDS.get(name, float))
    if table.params is not None and table.tokens is not None:
        yield _span("tokens per parameter", table.tokens / table.params, TokensPerParam)


def _columns(table: "RunTable", axes: tuple[str, str]) -> "dict[str, Array]":
    """The columns that the table holds, those of the law among them."""
    names = dict.fromkeys(["params", "tokens", "flops", "loss", *axes])
    found = {name: table.others.get(name, getattr(table, name, None)) for name in names}
    return {name: column for name, column in found.items() if column is not None}


def _span(title: str, column: "Array", kind: Any) -> ColumnSpan:
    import numpy as np

    least, median, most = (
        as_figure(kind, float(each)) for each in (column.min(), np.median(column), column.max())
    )
    return ColumnSpan(quantity=title, least=least, median=median, most=most, different=len(np.unique(column)))


def _checks(table: "RunTable", fit: "FitResult") -> Iterator[Check]:
    yield _rows(table, fit)
    yield from _repeated(table)
    if table.flops is not None:
        yield _compute(table.flops)
    if table.params is not None and table.tokens is not None:
        yield _ratio(table.tokens / table.params)
        if not table.derived:
            yield _flops_of_6nd(table)
        yield from _covered_optimum(table, fit)
    if table.loss is not None:
        yield _loss(table)
        yield from _rounding(table.loss, fit.diagnostics.sigma)
    if fit.residuals:
        yield _far_off(fit)


def _check(name: str, found: str, remedy: str, *, is_wrong: bool) -> Check:
    if is_wrong:
        return Check(check=name, verdict="look", found=found, remedy=remedy)
    return Check(check=name, verdict="fine", found=found)


def _rows(table: "RunTable", fit: "FitResult") -> Check:
    free = len(fit.parameters) - len(fit.fixed) - len(fit.diagnostics.at_bound)
    effective = significant(fit.diagnostics.effective_runs)
    found = f"{len(table)} rows, worth {effective} independent ones, for {free} parameters"
    remedy = "add runs, or hold a parameter with --fix: few rows make a fragile fit"
    return _check("number of rows", found, remedy, is_wrong=fit.diagnostics.effective_runs < FEW_ROWS * free)


def _repeated(table: "RunTable") -> Iterator[Check]:
    """Rows that are the same in every quantity, and sizes and tokens that were run more than once."""
    import numpy as np

    columns = [each for each in (table.params, table.tokens, table.flops, table.loss) if each is not None]
    if table.loss is None or len(columns) < 2:
        return
    whole = len(table) - len(np.unique(np.column_stack(columns), axis=0))
    settings = len(table) - len(np.unique(np.column_stack(columns[:-1]), axis=0))
    rows = "1 row repeats" if whole == 1 else f"{whole} rows repeat"
    told = f"{rows} another to the last digit" if whole else "no row repeats another"
    again = f"; {settings - whole} repeat its size and tokens alone" if settings > whole else ""
    remedy = "leave copies out: each counts as evidence"
    yield _check("repeated rows", told + again, remedy, is_wrong=whole > 0)


def _compute(flops: "Array") -> Check:
    low, high = float(flops.min()), float(flops.max())
    found = f"{Flops(low)} to {Flops(high)} FLOPs, a factor of {significant(high / low)}"
    remedy = "add runs of less or more compute: exponents are told by a wide range"
    return _check("range of compute", found, remedy, is_wrong=high / low < NARROW_COMPUTE)


def _ratio(ratio: "Array") -> Check:
    low, high = float(ratio.min()), float(ratio.max())
    found = f"{significant(low)} to {significant(high)}"
    remedy = "add runs at other tokens per parameter: only they tell alpha from beta"
    return _check("tokens per parameter", found, remedy, is_wrong=high / low < NARROW_RATIO)


def _flops_of_6nd(table: "RunTable") -> Check:
    lines = ", ".join(map(str, table.disagreeing[:5])) + (", ..." if len(table.disagreeing) > 5 else "")
    found = f"more than 10% apart on lines {lines}"
    remedy = "find out what the FLOPs or N count: the fit goes by N and D, its budgets by 6ND"
    is_wrong = bool(table.disagreeing)
    return _check(
        "FLOPs against 6ND", found if is_wrong else "within 10% in every row", remedy, is_wrong=is_wrong
    )


def _covered_optimum(table: "RunTable", fit: "FitResult") -> Iterator[Check]:
    """Whether the runs of the largest compute lie on both sides of the fitted optimum there."""
    lines = [each for each in fit.approaches if each.approach == 3]
    if not lines or lines[0].params_coefficient is None or table.params is None or table.flops is None:
        return
    found = _near_top(table.flops, table.params)
    if found is None:
        return
    top, low, high = found
    best = float(lines[0].params_coefficient) * top ** float(lines[0].params_exponent.value)
    sizes = f"{Params(low)} to {Params(high)}" if high > low else f"{Params(low)}"
    told = f"N* is {Params(best)} at {Flops(top)} FLOPs; runs of about that compute have {sizes}"
    remedy = "add runs of that compute on the other side of N*: the optimum is extrapolated"
    yield _check("optimum within the runs", told, remedy, is_wrong=not low < best < high)


def _near_top(flops: "Array", params: "Array") -> tuple[float, float, float] | None:
    """The largest compute that several runs have, with the least and the largest of them."""
    for top in sorted(flops.tolist(), reverse=True):
        near = (flops <= top) & (flops > top / NEAR_TOP)
        if near.sum() >= SEVERAL:
            return top, float(params[near].min()), float(params[near].max())
    return None


def _loss(table: "RunTable") -> Check:
    assert table.loss is not None  # noqa: S101 - the caller has looked
    low, high = float(table.loss.min()), float(table.loss.max())
    units = f" in {', '.join(table.loss_units)}" if table.loss_units else ", no unit in the table"
    found = f"{significant(low, 4)} to {significant(high, 4)}{units}"
    is_odd = low < USUAL_LOSS[0] or high > USUAL_LOSS[1] or len(table.loss_units) > 1
    return _check("loss", found, "make sure that all losses are of one unit and one text", is_wrong=is_odd)


def _rounding(loss: "Array", sigma: float) -> Iterator[Check]:
    """Whether losses are rounded more coarsely than they scatter; nothing where no rounding shows."""
    import numpy as np

    for decimals in range(MOST_DECIMALS + 1):
        scaled = loss * 10.0**decimals
        if np.all(np.abs(scaled - np.round(scaled)) < 1e-6 * np.maximum(1.0, scaled)):
            step = 10.0**-decimals / float(np.median(loss))
            found = f"losses have {decimals} decimals, a step of {significant(100 * step, 2)}%"
            spread = f"they scatter by {significant(100 * sigma, 2)}%"
            remedy = "write more digits of the loss into the table"
            yield _check("rounding", f"{found}; {spread}", remedy, is_wrong=step > sigma)
            return


def _far_off(fit: "FitResult") -> Check:
    sigma = fit.diagnostics.sigma
    off = sorted(fit.residuals, key=lambda row: -abs(row.residual))
    lines = [str(row.line) for row in off if abs(row.residual) > FAR_OFF * sigma]
    named = ", ".join(lines[:5]) + (", ..." if len(lines) > 5 else "")
    rows = {0: "no row", 1: "1 row"}.get(len(lines), f"{len(lines)} rows")
    found = f"{rows} more than {FAR_OFF:g} times the usual spread off the law"
    remedy = "look at these runs: one that diverged or was cut short is no evidence"
    return _check(
        "rows far off", f"{found} (lines {named})" if lines else found, remedy, is_wrong=bool(lines)
    )
