"""A fit as a law file that every other command takes by `--law`, and the command line that made it."""

import shlex
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from scalecalc import tables
from scalecalc.laws import PublishedLaw
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Duration, Price, Quantity
from scalecalc.result import Inputs, Positional

if TYPE_CHECKING:
    from scalecalc.fitting import Fit
    from scalecalc.run_table import RunTable

ENDINGS: dict[type[Quantity], str] = {Duration: "s", Price: "/h"}
"""What follows a bare number of those quantities that are refused without."""

SURFACES = {"additive": "additive", "shared-exponent": "additive", "joint-power": "joint-power"}


def law_row(fit: "Fit", axes: tuple[str, str]) -> dict[str, Any]:
    """Form and coefficients as a row of laws; `axes` are the (x, y) of a law of one variable.

    Raises a Problem where the fit is no law: a loss that rises, or a pair of columns that no law relates.
    """
    values = {name: value if value > 0 else 0.0 for name, value in fit.parameters.items()}
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
    if y == "loss" and exponent < 0 and x in ("params", "tokens", "flops"):
        coefficients = {"of": x, "exponent": -exponent, "factor": found["a"], "E": found.get("E", 0.0)}
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
    fit: "Fit", table: "RunTable", axes: tuple[str, str], conventions: Mapping[str, str], command: str
) -> dict[str, Any]:
    """What `--save` writes: the law's row, and beside it the fit that gives intervals."""
    from scalecalc.fitting import to_record

    ranges = {name: {"low": low, "high": high} for name, (low, high) in fit.ranges.items() if name != "loss"}
    row = {
        **law_row(fit, axes),
        "title": f"fitted to {table.name}: {fit.report.sentence}",
        "provenance": "recomputed",
        **conventions,
        "ranges": ranges if fit.form.tokens else {axes[0]: ranges["params"]},
    }
    try:
        PublishedLaw.from_row(table.name, row)
    except ValueError as error:
        hint = "fix a parameter, or fit another form"
        raise Problem("no-law", f"the fit is no law: {error}", hint, ExitCode.NO_ANSWER) from error
    origin = {"runs": table.name, "fingerprint": table.fingerprint, "command": command}
    return {**row, tables.FIT: {**to_record(fit), **origin}}


def checked_fit(name: str, record: Mapping[str, Any]) -> "Fit":
    """The fit that a law file holds; a Problem where it is damaged, or belongs to another law."""
    from scalecalc.fitting import from_record

    hint = "save it anew with `scalecalc fit ... --save`"
    try:
        fit = from_record(record)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise Problem("law-file", f"{name}: its fit: {error}", hint, ExitCode.BAD_DATA) from error
    figures = [*fit.covariance.flat, *fit.centers, fit.degrees, fit.sigma]
    if not all(map(isfinite, figures)) or fit.degrees <= 0 or fit.sigma < 0:
        raise Problem("law-file", f"{name}: its fit holds impossible numbers", hint, ExitCode.BAD_DATA)
    own, law = fit.parameters, tables.law(name).law.coefficients()
    for coefficient in own.keys() & law.keys():
        value, stated = own[coefficient], law[coefficient]
        if isinstance(stated, float) and abs(stated - value) > 1e-9 * abs(value):
            message = f"{name}: {coefficient} is {stated:g} in the law, {value:g} in its fit"
            raise Problem("law-file", message, f"{hint}, or take `fit` out of it", ExitCode.BAD_DATA)
    return fit


def command_line(name: str, inputs: Inputs) -> str:
    """The words that ask the same question again; what is at its default is left out."""
    first, rest = [], []
    for field, info in type(inputs).model_fields.items():
        value = getattr(inputs, field)
        if value == info.get_default(call_default_factory=True):
            continue
        if any(isinstance(mark, Positional) for mark in info.metadata):
            first.append(_word(value))
        elif isinstance(value, bool):
            rest.append(_option(field))
        else:
            for each in value if isinstance(value, list) else [value]:
                rest += [_option(field), _word(each)]
    return shlex.join(["scalecalc", name, *first, *rest])


def _option(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def _word(value: object) -> str:
    """A value as it is typed, numbers with every digit."""
    if isinstance(value, list | tuple):
        return ",".join(map(_word, value))
    if isinstance(value, Quantity):
        text = str(value).replace(" ", "")
        return text if type(value).parse(text) == value else f"{float(value)!r}{ENDINGS.get(type(value), '')}"
    return repr(float(value)) if isinstance(value, float) else str(value)
