"""`scalecalc plot`: what each figure shows, as numbers, against the laws and fits that it draws."""

import json

import pytest

from scalecalc import commands, tables
from scalecalc.laws.audit import audit

LAW = tables.law(tables.DEFAULT_LAW).law


def panels(kind, **given):
    return commands.call("plot", kind=kind, **given).panels


def series(panel, kind, family=None):
    return [each for each in panel.series if each.kind == kind and family in (None, each.family)]


def points_of(each):
    return list(zip(each.x, each.y, strict=True))


class TestProfiles:
    def test_every_curve_holds_its_budget_and_is_least_at_its_optimum(self):
        (panel,) = panels("isoflop", flops="1e20,1e22")
        (optima,) = series(panel, "points")
        for flops, line, best in zip((1e20, 1e22), series(panel, "line"), points_of(optima), strict=True):
            assert best == pytest.approx((LAW.optimal(flops)[0], LAW.optimal_loss(flops)))
            assert min(line.y) >= best[1] * (1 - 1e-12)
            for size, loss in points_of(line):
                assert loss == pytest.approx(LAW.loss(size, flops / (6 * size)))

    def test_of_runs_they_are_those_of_the_fit(self):
        (panel,) = panels("isoflop", runs="llama3")
        *_, minima = series(panel, "points")
        assert len(minima.x) == 10


class TestContours:
    def test_on_a_contour_the_loss_is_its_label(self):
        (panel,) = panels("contours")
        for line in series(panel, "line", "loss in nats/token"):
            for flops, size in points_of(line):
                assert LAW.loss(size, flops / (6 * size)) == pytest.approx(float(line.label), rel=1e-9)

    def test_the_frontier_touches_each_contour_where_it_is_leftmost(self):
        (panel,) = panels("contours")
        for line in series(panel, "line", "loss in nats/token"):
            flops, size = min(points_of(line))
            assert LAW.optimal(flops)[0] == pytest.approx(size, rel=0.1)  # 400 sizes to a contour

    def test_the_frontier_is_the_law_s_own(self):
        (panel,) = panels("contours", flops="1e19..1e23")
        frontier = [line for line in series(panel, "line", "") if line.label == "efficient frontier"]
        assert (frontier[0].x[0], frontier[-1].x[-1]) == pytest.approx((1e19, 1e23))
        for line in frontier:
            assert line.y == pytest.approx([LAW.optimal(flops)[0] for flops in line.x])


class TestMap:
    def test_lines_of_equal_loss_and_equal_compute_are_that(self):
        (panel,) = panels("models")
        for line in series(panel, "line", "equal loss in nats/token"):
            for params, tokens in points_of(line):
                assert LAW.loss(params, tokens) == pytest.approx(float(line.label), rel=1e-9)
        for line in series(panel, "line", "equal compute"):
            flops = float(line.label.removesuffix(" FLOPs"))
            assert [6 * params * tokens for params, tokens in points_of(line)] == pytest.approx([flops] * 40)

    def test_the_models_stand_where_their_verdict_says(self):
        (panel,) = panels("models")
        for each in series(panel, "points"):
            verdicts = {audit(LAW, params, tokens).verdict for params, tokens in points_of(each)}
            assert verdicts == {each.label}


class TestLaws:
    def test_the_panels_are_one_allocation_told_three_ways(self):
        params, tokens, ratio = panels("laws")
        for n, d, r in zip(params.series, tokens.series, ratio.series, strict=True):
            assert n.label == d.label == r.label
            assert [6 * a * b for a, b in zip(n.y, d.y, strict=True)] == pytest.approx(n.x)
            assert r.y == pytest.approx([b / a for a, b in zip(n.y, d.y, strict=True)])

    def test_laws_may_be_chosen(self):
        params, *_ = panels("laws", law=["kaplan2020", "hoffmann2022-a3"])
        assert {each.label for each in params.series} == {"kaplan2020", "hoffmann2022-a3"}


class TestFits:
    def test_diagnostics_are_three_panels(self):
        assert [panel.name for panel in panels("fit", runs="chinchilla")] == [
            "frontier",
            "residuals",
            "predicted",
        ]

    def test_a_profile_for_each_free_parameter(self):
        names = [panel.name for panel in panels("profile", runs="chinchilla")]
        assert names == [f"profile-{name}" for name in ("E", "A", "B", "alpha", "beta")]

    def test_a_profile_is_zero_at_the_fit(self):
        fitted = commands.call("fit", runs="chinchilla").parameters
        for panel in panels("profile", runs="chinchilla"):
            profile, *_ = series(panel, "line")
            place, depth = min(points_of(profile), key=lambda point: point[1])
            assert depth == pytest.approx(0, abs=1e-3)
            assert place == pytest.approx(fitted[panel.x.label].value, rel=1e-6)

    def test_a_form_may_be_chosen(self):
        (panel, *_) = panels("profile", runs="chinchilla", form="power")
        assert panel.x.label == "a"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("plot fit", "plot fit draws runs"),
        ("plot contours chinchilla", "RUNS changes nothing in plot contours"),
        ("plot laws --form power", "--form changes nothing in plot laws"),
        ("plot models --flops 1e20", "--flops changes nothing in plot models"),
        ("plot fit chinchilla --law kaplan2020", "--law changes nothing in plot fit of runs"),
        ("plot contours --law besiroglu2024 --law kaplan2020", "--law is given 2 laws"),
        ("plot contours --law llama3-2024", "llama3-2024 splits budgets, but predicts no loss"),
        ("plot nonsense", "nonsense"),
        ("plot isoflop gpt3", "gpt3: its rows do not vary in params and tokens"),
    ],
)
def test_what_a_figure_cannot_be_asked(scalecalc, line, message):
    outcome = scalecalc(*line.split(), "--json")
    assert outcome.code == 2
    assert message in outcome.json["problem"]["message"]


def test_the_json_holds_the_numbers(scalecalc):
    answer = scalecalc("plot", "contours", "--json").json["result"]
    (panel,) = answer["panels"]
    assert panel["x"] == {"label": "compute", "unit": "FLOPs", "log": True}
    assert all(each["x"] for each in panel["series"])
    assert (answer["inches"], answer["dark"]) == (3.3, False)


def test_a_record_is_a_point(scalecalc):
    rows = [json.loads(line) for line in scalecalc("plot", "isoflop", "--format", "jsonl").out.splitlines()]
    (panel,) = panels("isoflop")
    assert len(rows) == sum(len(each.x) for each in panel.series)
    assert set(rows[0]) == {"panel", "series", "kind", "x", "y", "low", "high", "name"}


def test_markdown_says_what_the_figure_shows(scalecalc):
    assert "Loss by compute and model size" in scalecalc("plot", "contours", "--format", "markdown").out
