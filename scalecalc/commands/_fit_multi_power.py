"""`fit --form multi-power`: constants of the law of loss curves, as one more answer of `fit`."""

import json
from typing import TYPE_CHECKING, Any

from scalecalc.chart import Axis, Chart, Line, Points
from scalecalc.commands._fit_result import Diagnostics, FitResult, Objective, Residual
from scalecalc.commands._law_file import command_line
from scalecalc.commands._loss_curves import LossCurves, loss_curves
from scalecalc.problem import ExitCode, Problem
from scalecalc.result import Estimate, Note, Span

if TYPE_CHECKING:
    from scalecalc.commands.fit import FitInputs
    from scalecalc.fitting.multi_power import MultiPowerFit

FORM = "multi-power"

FORMULA = "L = L0 + A*S^-alpha - B*sum(falls*(1 - (1 + C*rate^-gamma*S_k)^-beta))"

IDLE = {"fix": [], "bounds": [], "at": [], "approach": "3", "ci": "delta", "keep_outliers": False}
"""Options of other forms, with the values that they have where nobody gave them."""

SMOOTH = 0.8
"""Correlation of neighboring residuals from which the law itself, not noise, is what they show."""


def fit_multi_power_law(inputs: "FitInputs") -> FitResult:
    """The law of least squares for a table with the columns step, lr, loss and, of several runs, run."""
    from scalecalc.fitting.multi_power import fit_multi_power

    _refuse_idle(inputs)
    table = loss_curves(inputs.runs, inputs.columns, inputs.where)
    found = fit_multi_power(table.curves, level=float(inputs.level))
    verdict, notes = _verdict(found)
    law = _law_file(inputs, table, found, verdict)
    return FitResult(
        form=FORM,
        formula=FORMULA if found.law else "L = L0 + A*S^-alpha",
        verdict=verdict,
        parameters=_parameters(found, float(inputs.level)),
        fixed={},
        exponents={},
        forecasts=(),
        readings=(),
        approaches=(),
        optima=(),
        objective=Objective(
            name="least-squares", value=found.objective, rows=len(found.residuals), delta=None
        ),
        diagnostics=_diagnostics(found),
        moved="L0",
        influence=(),
        residuals=_residuals(table, found) if inputs.show_residuals else (),
        ranges=_ranges(table),
        loss_unit=inputs.loss_unit or "nats/token",
        law=law,
        assumptions=(
            "S is the sum of the learning rates of all steps so far, S_k from step k on; the warm-up counts",
            "between rows the rate goes in a straight line, but for jumps, which stand at the later row",
            f"{inputs.level} intervals by delta, Student's t with {found.degrees:.3g} degrees of freedom",
            f"intervals widened for a correlation of {found.autocorrelation:.2f} of neighboring residuals",
            "law of Luo et al. 2025 (arXiv 2503.12811), warm-up and rises counted as in its released code",
        ),
        notes=(*(Note(code="table", message=text) for text in table.remarks), *notes),
        sources=(f"{table.name}: {len(table.lines)} rows of {len(table.curves)} runs",),
        saved=_saved(inputs, law),
        charts=_charts(table, found) if inputs.plot else (),
    )


def _refuse_idle(inputs: "FitInputs") -> None:
    for name, usual in IDLE.items():
        if getattr(inputs, name) != usual:
            option = f"--{name.replace('_', '-')}"
            raise Problem("conflict", f"{option} does not go with --form {FORM}", f"leave {option} out")
    if inputs.objective not in (None, "least-squares"):
        message = f"--objective {inputs.objective} does not go with --form {FORM}"
        raise Problem("conflict", message, "it is fitted by least squares on log loss")


def _parameters(found: "MultiPowerFit", level: float) -> dict[str, Estimate]:
    estimates = {}
    for name, value in found.values().items():
        ends = found.interval(name, level)
        low, high = ends or (None, None)
        method = "delta" if ends else "not identified"
        estimates[name] = Estimate(
            value=value, low=low, high=high, level=level if ends else None, method=method
        )
    return estimates


def _verdict(found: "MultiPowerFit") -> tuple[str, tuple[Note, ...]]:
    """How far the constants can be trusted, in a sentence, and what would help."""
    if found.law is None:
        text = (
            "no run's learning rate falls, so that B, C, beta and gamma are unknown, and L0 and A hold for "
            "this peak alone: add a run whose rate falls"
        )
        return "not identifiable", (Note(code="not-identifiable", message=text, level="warning"),)
    notes = []
    if found.open_constants:
        names = ", ".join(found.open_constants)
        text = (
            f"{names} may be off by more than a factor of 7, for one constant makes up for another; losses "
            "within the fitted schedules stand; add a run whose rate falls at another time or speed"
        )
        notes.append(Note(code="not-identifiable", message=text, level="warning"))
    if found.autocorrelation > SMOOTH:
        shared = f"neighboring residuals have a correlation of {found.autocorrelation:.2f}"
        text = f"{shared}: the curves bend otherwise than the law"
        notes.append(Note(code="misfit", message=text))
    verdict = "not identifiable in part" if found.open_constants else "optimum"
    return f"{verdict}, {found.agreeing} of {found.starts} starts", tuple(notes)


def _diagnostics(found: "MultiPowerFit") -> Diagnostics:
    free = len(found.theta)
    return Diagnostics(
        starts=found.starts,
        agreeing=found.agreeing,
        gradient_norm=found.gradient_norm,
        smallest_eigenvalue=found.smallest_eigenvalue,
        condition=found.condition if found.condition != float("inf") else None,
        at_bound={},
        effective_runs=found.degrees + free,
        degrees=found.degrees,
        sigma=(found.objective / max(1, len(found.residuals) - free)) ** 0.5,
        noise="correlated within a run",
    )


def _residuals(table: LossCurves, found: "MultiPowerFit") -> tuple[Residual, ...]:
    from math import exp

    losses = [float(loss) for curve in table.curves for loss in curve.losses]
    return tuple(
        Residual(line=line, params=None, tokens=None, loss=loss, fitted=loss * exp(-off), residual=off)
        for line, loss, off in zip(table.lines, losses, found.residuals.tolist(), strict=True)
    )


def _charts(table: LossCurves, found: "MultiPowerFit") -> tuple[Chart, ...]:
    """Every run's losses, and the fitted ones through them."""
    from math import exp

    series: list[Points | Line] = []
    offs = iter(found.residuals.tolist())
    for label, curve in zip(table.labels, table.curves, strict=True):
        steps = tuple(map(float, curve.steps))
        losses = tuple(map(float, curve.losses))
        fitted = tuple(loss * exp(-next(offs)) for loss in losses)
        series += [Points(label or "observed", steps, losses), Line(f"{label} fitted".strip(), steps, fitted)]
    return (
        Chart(
            name="loss-curves",
            title="loss by step",
            x=Axis("step"),
            y=Axis("loss"),
            series=tuple(series),
            caption=f"Losses of {len(table.curves)} runs, and the fitted law through them.",
        ),
    )


def _ranges(table: LossCurves) -> dict[str, Span]:
    peaks = [float(curve.rates.max()) for curve in table.curves]
    ends = [float(curve.steps[-1]) for curve in table.curves]
    losses = [float(loss) for curve in table.curves for loss in curve.losses]
    spans = {"peak_lr": peaks, "steps": ends, "loss": losses}
    return {name: Span(low=min(values), high=max(values)) for name, values in spans.items()}


def _law_file(
    inputs: "FitInputs", table: LossCurves, found: "MultiPowerFit", verdict: str
) -> dict[str, Any] | None:
    if found.law is None:
        return None
    ranges = {name: {"low": span.low, "high": span.high} for name, span in _ranges(table).items()}
    ranges.pop("loss")
    return {
        "form": FORM,
        "coefficients": found.values(),
        "title": f"fitted to {table.name}: {verdict}",
        "provenance": "recomputed",
        "loss_unit": inputs.loss_unit or "nats/token",
        "ranges": ranges,
        "fit": {
            "names": list(found.names),
            "theta": found.theta.tolist(),
            "covariance": found.covariance.tolist(),
            "degrees": found.degrees,
            "runs": table.name,
            "fingerprint": table.fingerprint,
            "command": command_line("fit", inputs),
        },
    }


def _saved(inputs: "FitInputs", law: dict[str, Any] | None) -> str | None:
    """Write the law file, whole or not at all; its path as text."""
    if inputs.save is None:
        return None
    if law is None:
        message = "the curves tell nothing of a falling rate, so that there is no law to save"
        raise Problem("no-law", message, "add a run whose learning rate falls", ExitCode.NO_ANSWER)
    from scalecalc.files import written_whole

    with written_whole(inputs.save) as out:
        json.dump(law, out, indent=2, allow_nan=False)
        out.write("\n")
    return str(inputs.save)
