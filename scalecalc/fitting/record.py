"""A fit as a plain dictionary of JSON values, and back, at full precision."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from scalecalc.fitting.fit import Fit
from scalecalc.fitting.forms import form
from scalecalc.fitting.report import Report, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Record = dict[str, Any]


def to_record(fit: Fit) -> Record:
    """All that intervals and predictions need; None stands for a dropped term (log minus infinity)."""
    report = asdict(fit.report)
    report["verdict"] = fit.report.verdict.value
    report["condition"] = _finite(fit.report.condition)
    return {
        "form": fit.form.name,
        "parameters": {name: _finite(value) for name, value in fit.parameters.items()},
        "fixed": dict(fit.fixed),
        "theta": [_finite(value) for value in fit.theta],
        "centers": list(fit.centers),
        "covariance": [[float(value) for value in row] for row in fit.covariance],
        "degrees": fit.degrees,
        "sigma": fit.sigma,
        "noise": fit.noise,
        "report": {**report, "at_bound": dict(fit.report.at_bound)},
        "ranges": {name: list(ends) for name, ends in fit.ranges.items()},
    }


def from_record(record: Mapping[str, Any]) -> Fit:
    """The fit that `to_record` wrote; ValueError names what is missing or of the wrong shape."""
    missing = {
        "form",
        "fixed",
        "theta",
        "centers",
        "covariance",
        "degrees",
        "sigma",
        "noise",
        "report",
        "ranges",
    }
    missing -= set(record)
    if missing:
        raise ValueError(f"record of a fit must hold {', '.join(sorted(missing))}")
    theta = np.array([-np.inf if value is None else value for value in record["theta"]], dtype=np.float64)
    covariance = np.array(record["covariance"], dtype=np.float64)
    if theta.shape != (6,) or covariance.shape != (6, 6):
        raise ValueError(
            f"theta and covariance must be [6] and [6, 6], got {theta.shape} and {covariance.shape}"
        )
    first, second = record["centers"]
    return Fit(
        form(record["form"]), dict(record["fixed"]), theta, (float(first), float(second)), covariance,
        float(record["degrees"]), float(record["sigma"]), str(record["noise"]), _report(record["report"]),
        {name: (float(ends[0]), float(ends[1])) for name, ends in record["ranges"].items()},
    )  # fmt: skip


def _report(stored: Mapping[str, Any]) -> Report:
    values = dict(stored)
    values["verdict"] = Verdict(values["verdict"])
    values["condition"] = np.inf if values["condition"] is None else float(values["condition"])
    values["notes"], values["outliers"] = tuple(values["notes"]), tuple(values["outliers"])
    return Report(**values)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
