"""Every law of data/laws.toml does what a law of its kind must do."""

import json
from contextlib import suppress
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from scalecalc import tables
from scalecalc.laws import (
    Allocator,
    LossCurve,
    PublishedLaw,
    Surface,
    band,
    flops_for,
    params_for,
    tokens_for,
)

PUBLISHED = tuple(tables.laws().values())
SURFACES = tuple(entry for entry in PUBLISHED if isinstance(entry.law, Surface))
ALLOCATORS = tuple(entry for entry in PUBLISHED if isinstance(entry.law, Allocator))
FLOORED = tuple(entry for entry in PUBLISHED if getattr(entry.law, "E", 0.0))
CURVES = tuple(entry for entry in PUBLISHED if isinstance(entry.law, LossCurve))

every_law = pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.name)
every_surface = pytest.mark.parametrize("entry", SURFACES, ids=lambda entry: entry.name)
every_allocator = pytest.mark.parametrize("entry", ALLOCATORS, ids=lambda entry: entry.name)
every_curve = pytest.mark.parametrize("entry", CURVES, ids=lambda entry: entry.name)


def logarithmic(low, high):
    return st.floats(log(low), log(high)).map(exp)


budgets = logarithmic(1e15, 1e28)
sizes = logarithmic(1e6, 1e13)
token_counts = logarithmic(1e8, 1e15)
growth = logarithmic(1.01, 100)
some = settings(max_examples=40, deadline=None)

# ---------------------------------------------------------------- what it carries


@every_law
def test_names_its_paper_its_place_and_what_n_counts(entry):
    assert all((entry.title, entry.paper, entry.authors, entry.year, entry.where, entry.counts))
    assert entry.arxiv or entry.url


@every_law
def test_says_what_is_doubtful_about_it(entry):
    assert entry.caveats


@every_law
def test_survives_the_way_through_its_row_and_through_json(entry):
    row = json.loads(json.dumps(entry.to_row(), allow_nan=False))
    assert PublishedLaw.from_row(entry.name, row) == entry


@every_law
def test_has_a_fitted_range(entry):
    known = entry.ranges
    ends = (known.params, known.tokens, known.flops, known.tokens_per_param)
    assert any(each.low or each.high for each in ends)


@every_law
def test_formula_names_every_coefficient(entry):
    plain = entry.law.formula.replace("^", " ")
    hidden = {"of", "unit", "share", "curve"}  # words and units, which the formula writes out
    assert [name for name in entry.law.coefficients() if name not in plain and name not in hidden] == []


def test_names_and_aliases_are_unique():
    names = [name for entry in PUBLISHED for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))


def test_nothing_ships_from_memory():
    assert {entry.provenance for entry in PUBLISHED} <= {"primary", "secondary", "recomputed"}


def test_only_laws_that_allocate_stand_in_the_spread():
    assert all(entry.allocates for entry in PUBLISHED if entry.spread)


def test_the_default_law_is_the_refit_of_besiroglu():
    assert [entry.name for entry in PUBLISHED if "default" in entry.aliases] == ["besiroglu2024"]


def test_only_the_rounded_constants_of_hoffmann_carry_a_warning():
    assert [entry.name for entry in PUBLISHED if entry.warning] == ["hoffmann2022-a3-rounded"]


# ---------------------------------------------------------------- loss


@every_surface
@some
@given(params=sizes, tokens=token_counts, step=growth)
def test_loss_falls_in_params_and_in_tokens(entry, params, tokens, step):
    here = entry.law.loss(params, tokens)
    assert entry.law.loss(params * step, tokens) < here
    assert entry.law.loss(params, tokens * step) < here


@every_curve
@some
@given(x=logarithmic(1e6, 1e28), step=growth)
def test_loss_falls_along_the_curve(entry, x, step):
    assert entry.law.loss(x * step) < entry.law.loss(x)


@every_surface
def test_loss_of_arrays_is_the_loss_of_each_element(entry):
    params, tokens = np.geomspace(1e7, 1e12, 6), np.geomspace(1e13, 1e9, 6)
    each = [entry.law.loss(float(n), float(d)) for n, d in zip(params, tokens, strict=True)]
    # NumPy and C may differ in the last bit of a power
    np.testing.assert_allclose(entry.law.loss(params, tokens), each, rtol=1e-14)


@every_curve
def test_curves_of_arrays_are_the_curves_of_each_element(entry):
    x = np.geomspace(1e7, 1e26, 6)
    np.testing.assert_allclose(entry.law.loss(x), [entry.law.loss(float(each)) for each in x], rtol=1e-14)


# ---------------------------------------------------------------- optimum


@every_allocator
@some
@given(flops=budgets)
def test_optimum_lies_on_the_budget(entry, flops):
    params, tokens = entry.law.optimal(flops)
    assert 6 * params * tokens == pytest.approx(flops, rel=1e-14)


@every_allocator
@settings(max_examples=100, deadline=None)
@given(flops=st.floats(5e-324, 1.7e308))
def test_any_positive_budget_has_an_answer_or_is_refused(entry, flops):
    answer = (1.0,)
    with suppress(ValueError):
        answer = *entry.law.optimal(flops), entry.law.optimal_loss(flops) or 1.0
    assert all(0 < each < inf for each in answer)


@every_allocator
@some
@given(flops=budgets)
def test_optimum_follows_its_exponents(entry, flops):
    before, after = entry.law.optimal(flops), entry.law.optimal(16 * flops)
    growths = [log(late / early) / log(16) for early, late in zip(before, after, strict=True)]
    assert growths == pytest.approx([entry.law.a, entry.law.b], abs=1e-13)


@every_allocator
def test_optimum_of_arrays_is_the_optimum_of_each_element(entry):
    flops = np.geomspace(1e17, 1e27, 7)
    params, tokens = entry.law.optimal(flops)
    each = np.array([entry.law.optimal(float(budget)) for budget in flops])
    np.testing.assert_allclose(np.stack([params, tokens], axis=1), each, rtol=1e-14)


@every_surface
@some
@given(flops=budgets, step=growth)
def test_no_neighbor_on_the_budget_beats_the_optimum(entry, flops, step):
    params, tokens = entry.law.optimal(flops)
    least = entry.law.loss(params, tokens)
    assert least < entry.law.loss(params * step, tokens / step)
    assert least < entry.law.loss(params / step, tokens * step)


@every_surface
@some
@given(flops=budgets)
def test_slope_along_the_budget_vanishes_at_the_optimum(entry, flops):
    params, tokens = entry.law.optimal(flops)
    turn = 1e-100j  # a complex step: the imaginary part is the derivative, free of cancellation
    loss = entry.law.loss(params * (1 + turn), tokens * (1 - turn))
    assert abs(loss.imag / 1e-100) < 1e-13 * loss.real


@every_surface
@pytest.mark.parametrize("flops", [1e18, 1e21, 1e25])
def test_a_numerical_minimizer_finds_the_same_optimum(entry, flops):
    found = minimize_scalar(
        lambda u: entry.law.loss(exp(u), flops / (6 * exp(u))),
        bounds=(log(1e4), log(1e15)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    # a minimum is known from function values to about sqrt(eps * L / L''), which is 1e-7 to 1e-6 here
    assert found.x == pytest.approx(log(entry.law.optimal(flops)[0]), abs=5e-6)


# ---------------------------------------------------------------- band and inverses


def excess(law, flops, less, u):
    """Loss at N* e**u on the budget, above that of the optimum of (1 - less) of it."""
    params = law.optimal(flops)[0] * exp(u)
    return law.loss(params, flops / (6 * params)) - law.optimal_loss((1 - less) * flops)


@every_surface
@pytest.mark.parametrize("flops", [1e18, 1e23])
@pytest.mark.parametrize("less", [0.01, 0.05, 0.5])
def test_band_ends_where_the_loss_is_that_of_less_compute(entry, flops, less):
    low, high = band(entry.law, flops, less)
    below = brentq(lambda u: excess(entry.law, flops, less, u), -100, 0, xtol=1e-15)
    above = brentq(lambda u: excess(entry.law, flops, less, u), 0, 100, xtol=1e-15)
    best = entry.law.optimal(flops)[0]
    # brentq sees losses, whose last bit over their slope in u is about 1e-12
    assert (low, high) == pytest.approx((best * exp(below), best * exp(above)), rel=1e-10)


@every_surface
@pytest.mark.parametrize("flops", [1e17, 1e23, 1e26])
def test_least_compute_for_a_loss_is_where_the_optimum_has_it(entry, flops):
    loss = entry.law.optimal_loss(flops)
    found = brentq(lambda u: entry.law.optimal_loss(exp(u)) - loss, log(1e10), log(1e35), xtol=1e-13)
    assert flops_for(entry.law, loss) == pytest.approx(exp(found), rel=1e-10)
    assert flops_for(entry.law, loss) == pytest.approx(flops, rel=1e-11)


@every_surface
@some
@given(params=logarithmic(1e7, 1e12), tokens=logarithmic(1e9, 1e13))
def test_a_model_never_needs_less_than_the_optimum_of_its_loss(entry, params, tokens):
    assert flops_for(entry.law, entry.law.loss(params, tokens)) <= 6 * params * tokens * (1 + 1e-11)


@every_surface
def test_tokens_and_params_for_a_loss_are_the_roots_of_the_surface(entry):
    loss = entry.law.loss(3e9, 2e11)
    tokens = brentq(lambda u: entry.law.loss(3e9, exp(u)) - loss, log(1e5), log(1e20), xtol=1e-13)
    params = brentq(lambda u: entry.law.loss(exp(u), 2e11) - loss, log(1e5), log(1e20), xtol=1e-13)
    assert tokens_for(entry.law, 3e9, loss) == pytest.approx(exp(tokens), rel=1e-10)
    assert params_for(entry.law, 2e11, loss) == pytest.approx(exp(params), rel=1e-10)


@every_surface
@some
@given(params=logarithmic(1e7, 1e12), tokens=logarithmic(1e9, 1e13))
def test_inverses_return_where_the_loss_came_from(entry, params, tokens):
    loss = entry.law.loss(params, tokens)
    # the smaller term keeps the fewer digits: relative error eps * loss / (exponent * term), up to 1e-11 here
    assert tokens_for(entry.law, params, loss) == pytest.approx(tokens, rel=1e-10)
    assert params_for(entry.law, tokens, loss) == pytest.approx(params, rel=1e-10)


@every_surface
def test_nothing_passes_what_one_side_alone_allows(entry):
    with_all_tokens, with_all_params = entry.law.loss(1e9, 1e300), entry.law.loss(1e300, 1e11)
    assert tokens_for(entry.law, 1e9, with_all_tokens * (1 - 1e-12)) == inf
    assert params_for(entry.law, 1e11, with_all_params * (1 - 1e-12)) == inf


@pytest.mark.parametrize("entry", FLOORED, ids=lambda entry: entry.name)
def test_no_compute_reaches_the_floor(entry):
    assert flops_for(entry.law, entry.law.E) == inf


# ---------------------------------------------------------------- published values


def answers(law, at):
    given = dict(at)
    if isinstance(law, LossCurve):
        return {"loss": law.loss(given[law.of])}
    if "flops" not in given:
        return {"loss": law.loss(given["params"], given["tokens"])}
    params, tokens = law.optimal(given["flops"])
    return {"params": params, "tokens": tokens, "loss": law.optimal_loss(given["flops"])}


@pytest.mark.parametrize(
    ("law", "check"),
    [pytest.param(entry.law, check, id=entry.name) for entry in PUBLISHED for check in entry.checks],
)
def test_gives_the_values_that_its_row_lists(law, check):
    found = answers(law, check.at)
    assert {name: found[name] for name, _ in check.gives} == pytest.approx(dict(check.gives), rel=check.rtol)
