"""The charts of `plot` that are drawn from runs: their profiles, the diagnostics of a fit, its parameters."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scalecalc.chart import Axis, Chart, Line, Rule
from scalecalc.commands._charts import chart
from scalecalc.commands._fit_charts import FitCharts
from scalecalc.commands._fit_inputs import FitOptions
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.commands.plot import PlotInputs
    from scalecalc.fitting import Fit, Quantity, Runs

DEFAULT_UNIT = "nats/token"

REACH = 1.3
"""How far beyond the ends of the interval a profile is drawn."""

STEPS = 16
"""Places on either side of the optimum at which a parameter is held."""


def of_runs(inputs: "PlotInputs", name: str) -> tuple[tuple[Chart, ...], tuple[Note, ...], tuple[str, ...]]:
    """Charts, notes and sources of a figure of runs."""
    from scalecalc import fitting
    from scalecalc.commands.fit import runs_in

    asked = FitOptions(
        runs=name,
        columns=inputs.columns,
        where=inputs.where,
        keep_outliers=inputs.keep_outliers,
        form=inputs.form,
        objective=inputs.objective,
    )
    table, remarks = asked.table()
    form = asked.chosen_form(table)
    runs = runs_in(table, form, asked.axes)
    fit = fitting.fit(runs, asked.request(form))
    unit = table.loss_units[0] if len(table.loss_units) == 1 else DEFAULT_UNIT
    drawn = FitCharts(runs, fit, unit, asked.axes)
    if inputs.kind == "isoflop":
        if runs.tokens is None:
            raise Problem(
                "no-profiles", f"{name}: its rows do not vary in params and tokens", "plot fit RUNS"
            )
        charts: tuple[Chart | None, ...] = (drawn.profiles(fitting.isoflop_parabolas(runs)),)
    elif inputs.kind == "fit":
        charts = (drawn.frontier(), drawn.residuals(), drawn.predicted())
    else:
        charts = tuple(_profiles(runs, fit))
    notes = tuple(Note(code="table", message=text) for text in (*remarks, *fit.report.notes))
    kept = tuple(each for each in charts if each is not None)
    return kept, notes, (f"{table.name}: {len(table)} rows",)


def _profiles(runs: "Runs", fit: "Fit") -> Iterator[Chart | None]:
    """The profile of every free parameter."""
    from scalecalc.fitting import parameter_quantities

    still = {*fit.fixed, *fit.report.at_bound}
    for quantity in parameter_quantities(fit.form):
        if quantity.name not in still:
            yield _profile(runs, fit, quantity)


def _profile(runs: "Runs", fit: "Fit", quantity: "Quantity") -> Chart | None:
    """How much worse the fit becomes where the parameter is held elsewhere, in standard errors."""
    import numpy as np

    from scalecalc.fitting import profile_depths
    from scalecalc.fitting.distributions import quantile_of_t
    from scalecalc.fitting.intervals import standard_error

    error = standard_error(fit, quantity)
    center = float(quantity.of(fit.theta, fit.centers))
    if not (np.isfinite(center) and 0 < error < np.inf):
        return None
    cut = quantile_of_t(fit.degrees, 0.95)
    reach = np.linspace(-1, 1, 2 * STEPS + 1) * REACH * cut
    depths = np.abs(profile_depths(runs, fit, quantity, center + reach * error))
    is_shown = np.isfinite(depths) & (depths <= 2 * REACH * cut)
    scaled = center + reach * error
    places = np.exp(scaled) if quantity.log else scaled
    shown = [places[is_shown].tolist(), depths[is_shown].tolist()]
    return chart(
        f"profile-{quantity.name}",
        f"Profile of {quantity.name}",
        (Axis(quantity.name, log=quantity.log), Axis("standard errors")),
        (
            Line("profile, equal noise", tuple(shown[0]), tuple(shown[1])),
            Line(
                f"delta, {fit.noise} noise",
                tuple(places.tolist()),
                tuple(np.abs(reach).tolist()),
                dashed=True,
            ),
            Rule(f"95%: {significant(cut, 3)}", "y", cut),
        ),
        "The interval lies between the places where the curve crosses the line at 95%.",
    )
