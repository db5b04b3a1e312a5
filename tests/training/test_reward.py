"""The KL-penalized reward, and estimators of a divergence from samples."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.training.divergence import kl_divergence
from scalecalc.training.reward import (
    ESTIMATORS,
    estimate,
    grouped,
    mean,
    mean_per_token,
    penalized_reward,
)

log_probabilities = st.floats(-30, 0)


def expected(name, p, q):
    """The mean of an estimator over all outcomes of p: what it estimates."""
    return math.fsum(
        ours * estimate(name, math.log(ours), math.log(theirs)) for ours, theirs in zip(p, q, strict=True)
    )


@st.composite
def positive_pairs(draw):
    size = draw(st.integers(2, 8))
    sides = []
    for _ in range(2):
        raw = draw(st.lists(st.floats(1e-3, 1), min_size=size, max_size=size))
        sides.append([value / math.fsum(raw) for value in raw])
    return sides


# ---------------------------------------------------------------- Schulman's estimators


@pytest.mark.parametrize("name", ["k1", "k3"])
@given(positive_pairs())
def test_k1_and_k3_are_unbiased(name, pair):
    """Over all outcomes, weighted by the policy, both are the divergence itself."""
    p, q = pair
    assert expected(name, p, q) == pytest.approx(kl_divergence(p, q), rel=1e-9, abs=1e-13)


def test_k2_is_biased():
    p, q = [0.9, 0.1], [0.5, 0.5]
    assert expected("k2", p, q) == pytest.approx(0.9 * math.log(1.8) ** 2 / 2 + 0.1 * math.log(5) ** 2 / 2)
    assert expected("k2", p, q) < 0.8 * kl_divergence(p, q)


@pytest.mark.parametrize(("shift", "truth"), [(0.1, 0.005), (1.0, 0.5)])
def test_the_estimators_on_schulmans_normal_distributions(shift, truth):
    """Schulman 2020: samples of N(0, 1) held against N(shift, 1), whose divergence is shift^2 / 2.

    He prints, as bias and deviation over the truth, for 0.1: k1 0 and 20, k2 0.002 and 1.42, k3 0 and 1.42;
    for 1: k1 0 and 2, k2 0.25 and 1.73, k3 0 and 1.7. 400,000 samples leave 2 % of a deviation of 10 times
    the truth; the deviations themselves settle within 5 %.
    """
    x = np.random.default_rng(0).standard_normal(400_000)
    log_p, log_q = -(x**2) / 2, -((x - shift) ** 2) / 2
    printed = {
        0.1: {"k1": (0, 20), "k2": (0.002, 1.42), "k3": (0, 1.42)},
        1.0: {"k1": (0, 2), "k2": (0.25, 1.73), "k3": (0, 1.7)},
    }[shift]
    for name, (bias, deviation) in printed.items():
        values = np.array([estimate(name, p, q) for p, q in zip(log_p.tolist(), log_q.tolist(), strict=True)])
        slack = 4 * deviation / math.sqrt(len(x)) + 0.005  # four standard errors, and the printed digits
        assert values.mean() / truth - 1 == pytest.approx(bias, abs=slack)
        assert values.std() / truth == pytest.approx(deviation, rel=0.05)


@given(log_probabilities, log_probabilities)
def test_k2_and_k3_are_never_negative(policy, reference):
    assert estimate("k2", policy, reference) >= 0
    assert estimate("k3", policy, reference) >= 0


@given(st.floats(-0.02, 0.02))
def test_k3_of_close_probabilities_keeps_its_digits(step):
    """e^x - 1 - x by its series to the ninth power; the next term is below 1e-20 of it."""
    series = math.fsum(step**power / math.factorial(power) for power in range(2, 10))
    assert estimate("k3", 0.0, step) == pytest.approx(series, rel=1e-13, abs=1e-300)


def test_k1_is_negative_where_the_reference_finds_a_token_likelier():
    assert estimate("k1", -2.0, -1.0) == -1.0


def test_an_estimator_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"^name must be one of k1, k2, k3, not 'k4'$"):
        estimate("k4", -1.0, -1.0)


def test_a_ratio_that_no_float_holds_is_told():
    with pytest.raises(ArithmeticError, match="reference - policy"):
        estimate("k3", -1000.0, -1.0)


# ---------------------------------------------------------------- rewards


def test_the_penalized_reward_is_that_of_instructgpt():
    """Ouyang et al. 2022, eq. 2: r - beta log(policy / reference), here 1 - 0.02 * 0.5."""
    assert penalized_reward(1.0, estimate("k1", -1.0, -1.5), 0.02) == pytest.approx(0.99)


def test_a_weight_that_is_negative_is_refused():
    with pytest.raises(ValueError, match=r"^beta must be zero or positive and finite, not -1\.0$"):
        penalized_reward(1.0, 0.5, -1.0)


# ---------------------------------------------------------------- standard errors


def test_the_error_of_a_mean_is_that_of_numpy():
    values = random.Random(1).choices(range(100), k=50)
    found = mean([float(value) for value in values])
    assert found.value == pytest.approx(np.mean(values))
    assert found.standard_error == pytest.approx(np.std(values, ddof=1) / math.sqrt(50))


def test_sequences_of_one_token_have_the_error_of_independent_tokens():
    values = [0.1, 0.5, -0.2, 0.9]
    assert mean_per_token(values, [1] * 4).standard_error == pytest.approx(mean(values).standard_error)


def test_tokens_that_repeat_each_other_add_nothing_to_what_is_known():
    """Three tokens with the same estimate in each sequence: the error is that of the sequences."""
    values = [0.1, 0.5, -0.2, 0.9]
    tripled = mean_per_token([3 * value for value in values], [3] * 4)
    assert tripled.value == pytest.approx(mean(values).value)
    assert tripled.standard_error == pytest.approx(mean(values).standard_error)


def test_the_error_by_sequences_covers_the_truth():
    """Of 1000 draws of 40 sequences, 95 % have the truth within two errors, but for 3 %: four sigma."""
    draw = np.random.default_rng(3)
    held = 0
    for _ in range(1000):
        sizes = draw.integers(1, 20, 40)
        totals = [float((draw.normal(1.0, 1.0) + draw.normal(0, 1, size)).sum()) for size in sizes]
        found = mean_per_token(totals, sizes.tolist())
        held += abs(found.value - 1.0) < 2 * found.standard_error
    assert held / 1000 == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("of", [lambda: mean([2.0]), lambda: mean_per_token([6.0], [3])])
def test_a_single_sample_has_no_error(of):
    assert (of().value, of().standard_error) == (2.0, None)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match=r"^values must not be empty$"):
        mean([])
    with pytest.raises(ValueError, match=r"^totals and tokens must have one entry"):
        mean_per_token([1.0], [])


def test_rows_are_grouped_in_the_order_of_their_sequences():
    assert grouped(["b", "a", "b"]) == {"b": [0, 2], "a": [1]}
    assert len(ESTIMATORS) == 3
