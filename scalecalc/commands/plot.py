"""Figures for a paper: profiles, contours, the map of models, a fit and its parameters, laws side by side."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scalecalc.chart import Band, Chart, Line, Picture, Points, Rule, Series, Zone, along
from scalecalc.commands._fit_inputs import FormName, ObjectiveName
from scalecalc.commands._laws import LawChoice
from scalecalc.commands._runs import TableOptions
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, OneOrMany
from scalecalc.result import Completes, Drawing, Inputs, Positional, Row

KIND = Literal["isoflop", "contours", "models", "fit", "profile", "laws"]

OF_RUNS = ("fit", "profile")
"""Kinds that are drawn from runs; isoflop may be."""

OPTIONS_OF_RUNS = ("columns", "where", "keep_outliers", "form", "objective")

WIDTHS = {"single": 3.3, "double": 6.75}
"""Inches of one column of a paper, and of both."""


class KindOfFigure(Inputs):
    """The figure to draw."""

    kind: Annotated[KIND, Positional()] = Field(
        description="isoflop, contours, models, fit, profile or laws; see above."
    )


class PlotInputs(LawChoice, TableOptions, KindOfFigure):
    """Draw a figure for a paper into an SVG, PDF or PNG file, the same bytes for the same question.

    isoflop: loss against N on several budgets, with the minima; with RUNS, the runs and their parabolas.
    contours: loss over compute and N, with the efficient frontier. models: N against D of published models,
    with lines of equal loss and equal compute. fit RUNS: frontier, residuals, fitted against observed.
    profile RUNS: how sharply the runs tell each parameter. laws: N*, D* and D/N against compute by law.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "plot laws --json",
        "plot contours -o contours.pdf",
        "plot isoflop --flops 1e19..1e23 -o isoflop.svg",
        "plot models --width double -o models.svg",
        "plot fit chinchilla --width double -o fit.pdf",
        "plot profile chinchilla --width double -o profile.png",
    )

    runs: Annotated[str | None, Positional(), Completes("runs")] = Field(
        None,
        description="A table of training runs, as `scalecalc fit` takes it; for isoflop, fit and profile.",
    )
    flops: OneOrMany[Flops] | None = Field(
        None, description="Budgets, e.g. 1e19..1e23; for isoflop, contours and laws."
    )
    form: FormName | None = Field(None, description="The form to fit to RUNS. [as `scalecalc fit` chooses]")
    objective: ObjectiveName | None = Field(
        None, description="What the fit minimizes. [as `scalecalc fit` chooses]"
    )
    width: Literal["single", "double"] = Field(
        "single", description="Width: single, 3.3 inches, or double, 6.75 inches, for two columns."
    )
    dark: bool = Field(False, description="Draw for a dark page.")

    @model_validator(mode="after")
    def _options_go_with_the_kind(self) -> Self:
        wants_runs = self.kind in (*OF_RUNS, "isoflop")
        if self.kind in OF_RUNS and self.runs is None:
            raise Problem(
                "no-runs", f"plot {self.kind} draws runs", f"name a table, e.g. plot {self.kind} chinchilla"
            )
        given = self.model_fields_set
        idle = [] if self.runs else [name for name in OPTIONS_OF_RUNS if getattr(self, name)]
        if self.runs is not None:
            idle += ["RUNS"] if not wants_runs else [name for name in ("law", "flops") if name in given]
        if self.kind == "models":
            idle += ["flops"] if "flops" in given else []
        if idle:
            name = idle[0] if idle[0] == "RUNS" else f"--{idle[0].replace('_', '-')}"
            of = f"plot {self.kind}" + (" of runs" if self.runs and wants_runs else "")
            raise Problem("conflict", f"{name} changes nothing in {of}", f"leave {name} out")
        return self


class AxisOfPanel(Row):
    """What an axis measures, in base units."""

    label: str
    unit: str
    log: bool


class SeriesOfPanel(Row):
    """One series: a rule or a zone has numbers on its own axis alone, a band has no y."""

    kind: str = Field(description="line, points, band, rule or zone.")
    label: str
    family: str = Field(description="What lines such as contours have in common; empty for others.")
    dashed: bool
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    names: tuple[str, ...]


class Panel(Row):
    """One chart of the figure, as numbers."""

    name: str
    title: str
    caption: str
    x: AxisOfPanel
    y: AxisOfPanel
    series: tuple[SeriesOfPanel, ...]


class Place(Row):
    """One point of a series, as a record."""

    panel: str
    series: str
    kind: str
    x: float | None
    y: float | None
    low: float | None
    high: float | None
    name: str | None


class PlotResult(Drawing):
    """A figure, and the numbers that it draws."""

    told: ClassVar[frozenset[str]] = frozenset({"kind", "panels"})

    kind: str
    panels: tuple[Panel, ...]
    inches: float = Field(title="inches wide")
    dark: bool

    def headline(self) -> str:
        """What the figure shows."""
        return "; ".join(f"{panel.title}: {panel.caption}" for panel in self.panels)

    def picture(self) -> Picture:
        """The charts at the width asked for."""
        return Picture(self.charts, self.inches, self.dark)

    def records(self) -> tuple[Place, ...]:
        """One record per point."""
        return tuple(
            place for panel in self.panels for series in panel.series for place in _places(panel, series)
        )


def plot(inputs: PlotInputs) -> PlotResult:
    """The figure that was asked for."""
    from scalecalc.commands._plot_charts import drawn

    charts, notes, sources = drawn(inputs)
    if not charts:
        raise Problem("no-chart", f"there is nothing to draw for plot {inputs.kind}", "ask for another range")
    return PlotResult(
        kind=inputs.kind,
        panels=tuple(map(_panel, charts)),
        inches=WIDTHS[inputs.width],
        dark=inputs.dark,
        charts=charts,
        notes=notes,
        sources=sources,
    )


def _panel(chart: Chart) -> Panel:
    x, y = (AxisOfPanel(label=axis.label, unit=axis.unit, log=axis.log) for axis in (chart.x, chart.y))
    series = tuple(map(_series, chart.series))
    return Panel(name=chart.name, title=chart.title, caption=chart.caption, x=x, y=y, series=series)


def _series(series: Series) -> SeriesOfPanel:
    x, y = along(series)
    is_band = isinstance(series, Band)
    kinds = {Line: "line", Points: "points", Band: "band", Rule: "rule", Zone: "zone"}
    return SeriesOfPanel(
        kind=kinds[type(series)],
        label=series.label,
        family=series.family if isinstance(series, Line) else "",
        dashed=isinstance(series, Line) and series.dashed,
        x=x,
        y=() if is_band else y,
        low=series.low if isinstance(series, Band) else (),
        high=series.high if isinstance(series, Band) else (),
        names=series.names if isinstance(series, Points) else (),
    )


def _places(panel: Panel, series: SeriesOfPanel) -> Iterator[Place]:
    columns: Any = (series.x, series.y, series.low, series.high, series.names)
    for x, y, low, high, name in zip_longest(*columns):
        yield Place(
            panel=panel.name, series=series.label, kind=series.kind, x=x, y=y, low=low, high=high, name=name
        )
