"""A fit as a law file that every other command takes by `--law`, and a law file as a fit again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scalecalc import tables
from scalecalc.laws import PublishedLaw
from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from scalecalc.fitting import Fit
    from scalecalc.run_table import RunTable

SURFACES = {"additive": "additive", "shared-exponent": "additive", "joint-power": "joint-power"}


def law_row(fit: "Fit", axes: tuple[str, str]) -> dict[str, Any]:
    """Form and coefficients as a row of laws; `axes` are the (x, y) of a law of one variable.

    Raises a Problem where the fit is no law: a loss that rises, or a pair of columns that no law relates.
    """
    values: dict[str, float] = {
        name: value if value is not None and value > 0 else 0.0 for name, value in fit.parameters.items()
    }
    form = fit.form.name
    if form in SURFACES:
        values.setdefault("beta", values.get("alpha", 0.0))
        return {"form": SURFACES[form], "coefficients": values}
    if form == "kaplan-joint":
        return {"form": form, "coefficients": values}
    return _row_of_one_variable(fit, axes)


def _row_of_one_variable(fit: "Fit", axes: tuple[str, str]) -> dict[str, Any]:
    x, y = axes
    found = fit.parameters
    exponent = found["b"] if fit.form.name == "power" else -found["b"]
    if y == "loss" and exponent < 0:
        coefficients = {"of": x, "exponent": -exponent, "factor": found["a"], "E": found.get("E") or 0.0}
        return {"form": "curve", "coefficients": coefficients}
    if x == "flops" and y in ("params", "tokens") and fit.form.name == "power":
        return {"form": "allocation", "coefficients": {"of": y, "scale": found["a"], "exponent": exponent}}
    raise Problem(
        "no-law",
        f"{y} against {x} is no law that other commands could follow",
        "fit loss against params, tokens or flops, or params or tokens against flops",
        ExitCode.NO_ANSWER,
    )


def law_file(
    fit: "Fit", table: "RunTable", axes: tuple[str, str], conventions: Mapping[str, str]
) -> dict[str, Any]:
    """What `--save` writes: the law's row, and beside it the fit that gives intervals."""
    from scalecalc.fitting import to_record

    ranges = {name: {"low": low, "high": high} for name, (low, high) in fit.ranges.items() if name != "loss"}
    two = fit.form.tokens
    row = {
        **law_row(fit, axes),
        "title": f"fitted to {table.name}: {fit.report.sentence}",
        "provenance": "recomputed",
        **conventions,
        "ranges": ranges if two else {axes[0]: ranges["params"]},
    }
    PublishedLaw.from_row(table.name, row)
    return {**row, tables.FIT: {**to_record(fit), "runs": table.name, "fingerprint": table.fingerprint}}
