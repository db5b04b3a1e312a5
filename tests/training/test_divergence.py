"""Entropy and divergences."""

import math

import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.training.divergence import (
    cross_entropy,
    entropy,
    impossible,
    jensen_shannon,
    kl_divergence,
    perplexity,
)

LN2 = math.log(2)


@st.composite
def distributions(draw, size, least=0.0):
    """Probabilities from numbers of any size, some of them zero where they may be."""
    raw = draw(st.lists(st.floats(max(least, 0.0), 1.0), min_size=size, max_size=size).filter(any))
    total = math.fsum(raw)
    return [value / total for value in raw]


def pairs(least=0.0):
    sizes = st.integers(1, 12)
    return sizes.flatmap(lambda size: st.tuples(distributions(size, least), distributions(size, least)))


# ---------------------------------------------------------------- from textbooks


@pytest.mark.parametrize(
    ("p", "bits"),
    [
        ([0.5, 0.25, 0.125, 0.125], 1.75),  # Cover & Thomas, example 2.1.1
        ([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 64, 1 / 64, 1 / 64, 1 / 64], 2.0),  # the eight horses, section 1.1
        ([1 / 32] * 32, 5.0),  # Cover & Thomas, example 1.1.1
        ([0.5, 1 / 3, 1 / 6], 1.4591),  # Shannon 1948, section 6: the choice from 1/2, 1/3, 1/6
        ([0.9, 0.1], 0.4690),
        ([1.0, 0.0], 0.0),
    ],
)
def test_entropies_of_textbooks(p, bits):
    assert entropy(p) / LN2 == pytest.approx(bits, abs=5e-5)


def test_divergences_of_a_textbook():
    """Cover & Thomas, example 2.3.1 with r = 1/2 and s = 1/4: 0.2075 bits one way, 0.1887 the other."""
    p, q = [1 / 2, 1 / 2], [3 / 4, 1 / 4]
    assert kl_divergence(p, q) / LN2 == pytest.approx(0.2075, abs=5e-5)
    assert kl_divergence(q, p) / LN2 == pytest.approx(0.1887, abs=5e-5)


def test_disjoint_distributions_are_log_2_apart():
    assert jensen_shannon([1.0, 0.0], [0.0, 1.0]) == pytest.approx(LN2, rel=1e-15)


# ---------------------------------------------------------------- identities


@given(pairs())
def test_a_divergence_is_never_negative_and_zero_for_equal_distributions_only(pair):
    p, q = pair
    assert kl_divergence(p, q) >= 0
    assert kl_divergence(p, p) == 0
    # closer than half the digits of a float, the square of the difference may be below the smallest float
    if max(abs(ours - theirs) for ours, theirs in zip(p, q, strict=True)) > 1e-8:
        assert kl_divergence(p, q) > 0


@given(pairs(least=1e-6))
def test_cross_entropy_is_entropy_and_divergence(pair):
    p, q = pair
    assert cross_entropy(p, q) == pytest.approx(entropy(p) + kl_divergence(p, q), rel=1e-12, abs=1e-13)


@given(pairs(least=1e-9))
def test_a_divergence_is_what_scipy_sums(pair):
    """scipy.special.kl_div has terms of its own; near-equal distributions lose digits there, hence abs."""
    p, q = pair
    assert kl_divergence(p, q) == pytest.approx(math.fsum(scipy.special.kl_div(p, q)), rel=1e-9, abs=1e-14)


@given(step=st.floats(1e-8, 0.009))
def test_a_small_divergence_keeps_its_digits(step):
    """KL of (1 +- d) / 2 from a half is d^2/2 + d^4/12 + d^6/30 + ..., of which the rest is below 1e-16."""
    found = kl_divergence([(1 + step) / 2, (1 - step) / 2], [0.5, 0.5])
    # step itself is rounded to 1e-16 as it is added to 1, which its square doubles
    assert found == pytest.approx(step**2 / 2 + step**4 / 12 + step**6 / 30, rel=4e-16 / step + 1e-14)


@given(st.integers(1, 12).flatmap(distributions))
def test_the_uniform_distribution_has_the_largest_entropy(p):
    uniform = [1 / len(p)] * len(p)
    assert entropy(p) <= entropy(uniform) * (1 + 1e-15) + 1e-15
    assert kl_divergence(p, uniform) == pytest.approx(math.log(len(p)) - entropy(p), abs=1e-13)


@given(pairs())
def test_jensen_shannon_is_symmetric_and_at_most_log_2(pair):
    p, q = pair
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), rel=1e-12, abs=1e-300)
    assert 0 <= jensen_shannon(p, q) <= LN2


@given(st.floats(0, 700))
def test_perplexity_is_e_to_the_nats(nats):
    assert math.log(perplexity(nats)) == pytest.approx(nats, rel=1e-14, abs=1e-15)


def test_a_perplexity_that_no_float_holds_is_infinite():
    assert perplexity(1e4) == math.inf


# ---------------------------------------------------------------- zeros and rounding


def test_an_outcome_that_q_rules_out_makes_the_divergence_infinite():
    p, q = [0.5, 0.5, 0.0], [1.0, 0.0, 0.0]
    assert impossible(p, q) == (1,)
    assert kl_divergence(p, q) == cross_entropy(p, q) == math.inf
    assert kl_divergence(q, p) == pytest.approx(LN2)


def test_the_smallest_floats_are_no_trouble():
    p, q = [1.0, 5e-324], [1.0, 0.0]
    assert kl_divergence(p, q) == math.inf
    assert 0 <= jensen_shannon(p, q) < 1e-300
    assert kl_divergence([1e-300, 1.0], [0.5, 0.5]) == pytest.approx(LN2)


def test_rounding_of_single_precision_is_divided_out():
    p = [0.33333334, 0.33333334, 0.33333334]
    assert entropy(p) == pytest.approx(math.log(3), rel=1e-15)


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([0.5, 0.6], r"p must sum to 1, not 1\.1"),
        ([1.5, -0.5], r"p must hold probabilities, not -0\.5"),
        ([math.nan, 1.0], "p must hold probabilities, not nan"),
        ([], r"p must sum to 1, not 0\.0"),
    ],
)
def test_what_is_no_distribution_is_refused(p, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        entropy(p)


def test_distributions_over_different_outcomes_are_refused():
    with pytest.raises(ValueError, match=r"^q must have as many outcomes as p, 2, not 1$"):
        kl_divergence([0.5, 0.5], [1.0])
