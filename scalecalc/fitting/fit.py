"""Fits a scaling law: rows in, the optimum with its covariance and verdict out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting import covariance
from scalecalc.fitting.design_checks import require_answerable
from scalecalc.fitting.forms import form as form_named
from scalecalc.fitting.objective import objective as objective_named
from scalecalc.fitting.report import Report, Spread, Verdict, end_point, verdict_of
from scalecalc.fitting.rows import rows_of
from scalecalc.fitting.runs import effective_runs, trajectories
from scalecalc.fitting.solver import Question, Solution, solve
from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from scalecalc.fitting.covariance import Linearization
    from scalecalc.fitting.forms import Form
    from scalecalc.fitting.rows import Rows
    from scalecalc.fitting.runs import Runs

    Array = NDArray[np.float64]


ROWS_FOR_ANY_NOISE = 40
"""Different rows from which intervals allow for any noise (HC3): the price is 5 % of width at 60 rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted law with all that its intervals need, without the rows.

    theta: [6] in the centred parametrization of `surface`; covariance: [6, 6] of it; centers: the mean logs
    of params and tokens; degrees: of Student's t; sigma: residual standard deviation of log loss; noise:
    what the covariance takes the noise to be: equal, any (not tested unequal, but allowed for), unequal,
    clustered. ranges: least and largest params, tokens, flops and loss.
    """

    form: Form
    fixed: Mapping[str, float]
    theta: Array
    centers: tuple[float, float]
    covariance: Array
    degrees: float
    sigma: float
    noise: str
    report: Report
    ranges: Mapping[str, tuple[float, float]]

    @property
    def parameters(self) -> dict[str, float]:
        """The natural parameters by name, fixed ones included."""
        values = {}
        for each in self.form.parameters:
            value = float(each.read(self.theta, self.centers))
            with np.errstate(over="ignore"):
                values[each.name] = float(np.exp(value)) if each.positive else value
        return values


@dataclass(frozen=True, slots=True)
class Request:
    """What to fit. `objective` None is least squares on log loss, and Huber where outliers show.

    `fixed` and `bounds` are by natural parameter name; bounds are (low, high).
    """

    form: str = "additive"
    objective: str | None = None
    fixed: Mapping[str, float] | None = None
    bounds: Mapping[str, tuple[float, float]] | None = None

    def question(self, objective: str) -> Question:
        """The solver's question under one objective."""
        form = form_named(self.form)
        bounds = dict(self.bounds or {})
        for name, (low, high) in bounds.items():
            form.parameter(name)
            if not low < high:
                raise ValueError(f"bounds of {name} must rise, got {low:g} to {high:g}")
        return Question(form, objective_named(objective), dict(self.fixed or {}), bounds)


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # places that overflow are rejected
def fit(runs: Runs, request: Request | None = None) -> Fit:
    """The law that fits the runs best, refused with a Problem where the rows cannot tell."""
    request = request or Request()
    question = request.question(request.objective or "least-squares")
    rows = rows_of(runs)
    free = question.form.chart(rows.centers, question.fixed).size
    require_answerable(runs, question.form, question.fixed, (rows.distinct, free))
    solution = _solved(rows, question)
    line = covariance.linearize(rows, solution)
    outliers: tuple[int, ...] = ()
    if request.objective is None:
        outliers = tuple(int(i) for i in covariance.outlying(rows, line))
        if outliers:
            question = request.question("huber")
            solution = _solved(rows, question)
            line = covariance.linearize(rows, solution)
    return _judged(runs, question, rows, _Ended(solution, line, outliers))


def _solved(rows: Rows, question: Question) -> Solution:
    """The solution; a Problem where floating point cannot hold the objective."""
    solution = solve(rows, question)
    if not np.isfinite(solution.value):
        raise Problem(
            "no-finite-objective",
            f"the objective {question.objective.name} is not finite anywhere that the starts lead to",
            "give the columns in units that keep them nearer to 1, or fit log loss",
            ExitCode.NO_ANSWER,
        )
    return solution


@dataclass(frozen=True, slots=True, eq=False)
class _Ended:
    """A solution with its linearization and the outliers that were found on the way to it."""

    solution: Solution
    line: Linearization
    outliers: tuple[int, ...]


def _judged(runs: Runs, question: Question, rows: Rows, ended: _Ended) -> Fit:
    """The Fit with its covariance and report."""
    solution, line = ended.solution, ended.line
    labelled, cluster_notes = _with_clusters(runs, line)
    noise = _covariance(
        labelled, line, sharp=not (question.objective.quadratic or question.objective.adaptive)
    )
    basis = solution.chart.basis
    lifted = basis @ noise.matrix @ basis.T
    end = end_point(rows, question.form, solution)
    report = Report(
        objective=solution.objective.name,
        delta=solution.objective.delta,
        value=end.value,
        rows=runs.rows,
        free=solution.chart.size,
        gradient_norm=end.gradient_norm,
        smallest_eigenvalue=end.smallest_eigenvalue,
        condition=end.condition,
        starts=solution.tried,
        agreeing=solution.agreeing,
        at_bound=solution.at_bound,
        effective_runs=effective_runs(labelled, line.rows),
        verdict=Verdict.OPTIMUM,
        sentence="",
        notes=(*_outlier_notes(ended.outliers), *cluster_notes, *_noise_notes(noise.name)),
        outliers=ended.outliers,
    )
    verdict, sentence = verdict_of(rows, question.form, solution, end, Spread(lifted, noise.degrees))
    return Fit(
        form=question.form,
        fixed=question.fixed,
        theta=solution.theta,
        centers=rows.centers,
        covariance=lifted,
        degrees=noise.degrees,
        sigma=line.sigma,
        noise=noise.name,
        report=replace(report, verdict=verdict, sentence=sentence),
        ranges=_ranges(runs),
    )


def clustered_runs(runs: Runs, fitted: Fit) -> Runs:
    """The runs with the cluster labels that `fitted` took into account; without labels when it found none."""
    if fitted.noise != "clustered":
        return replace(runs, clusters=None)
    return runs if runs.clusters is not None else replace(runs, clusters=trajectories(runs))


def _with_clusters(runs: Runs, line: Linearization) -> tuple[Runs, tuple[str, ...]]:
    """The runs with labels of rows that share their noise, given or found; labels all different are none."""
    if runs.clusters is not None:
        groups = len(np.unique(runs.clusters))
        if groups == runs.rows:
            return replace(runs, clusters=None), ()
        return runs, (f"{groups} effective runs, not {runs.rows} rows: rows of one run share their noise",)
    labels = trajectories(runs)
    if labels is None or not covariance.runs_share_noise(line, labels):
        return runs, ()
    groups = len(np.unique(labels))
    note = f"{groups} effective runs, not {runs.rows} rows: residuals of equal params move together"
    return replace(runs, clusters=labels), (note,)


@dataclass(frozen=True, slots=True, eq=False)
class _Noise:
    """Covariance of phi [k, k], degrees of freedom of its t, and the kind of noise it allows for."""

    matrix: Array
    degrees: float
    name: str


def _covariance(runs: Runs, line: Linearization, *, sharp: bool) -> _Noise:
    """The estimate that suits the noise; `sharp` is a Huber threshold far below it, fixed beforehand."""
    if runs.clusters is not None:
        degrees = max(effective_runs(runs, line.rows) - 1, 1)
        return _Noise(covariance.clustered(line, runs.clusters), degrees, "clustered")
    if covariance.spread_depends_on_compute(runs, line):
        return _Noise(covariance.hc3(line), line.degrees, "unequal")
    if line.rows >= ROWS_FOR_ANY_NOISE and not sharp:
        return _Noise(covariance.hc3(line), line.degrees, "any")
    return _Noise(covariance.classical(line), line.degrees, "equal")


def _outlier_notes(outliers: tuple[int, ...]) -> tuple[str, ...]:
    if not outliers:
        return ()
    count = "1 row is" if len(outliers) == 1 else f"{len(outliers)} rows are"
    return (f"{count} too far off for least squares; the scale-adaptive Huber objective was used",)


def _noise_notes(noise: str) -> tuple[str, ...]:
    if noise != "unequal":
        return ()
    return ("the residual spread depends on compute; intervals allow for it (HC3)",)


def _ranges(runs: Runs) -> dict[str, tuple[float, float]]:
    columns = {"params": runs.params, "tokens": runs.tokens, "flops": runs.flops, "loss": runs.loss}
    return {
        name: (float(column.min()), float(column.max()))
        for name, column in columns.items()
        if column is not None and (runs.tokens is not None or name != "flops")
    }
