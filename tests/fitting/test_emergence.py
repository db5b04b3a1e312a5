"""The test for a break: calibrated under smooth curves, powerful against true breaks, blind to none."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from scalecalc.fitting.emergence import FEWEST, Series, break_test, drawn, places
from scalecalc.fitting.emergence_sigmoid import Design, fit_sigmoids, starting_theta

GPT3_FLOPS = np.array([2.25e20, 6.41e20, 1.37e21, 2.38e21, 4.77e21, 1.2e22, 2.31e22, 3.14e23])
"""Compute of the eight GPT-3 models (Brown et al. 2020, table D.1)."""

ITEMS = np.full(8, 500.0)


def sigmoid(slope, middle):
    return 1 / (1 + np.exp(-slope * (np.log10(GPT3_FLOPS) - middle)))


def series_of(right, answer_tokens=1.0):
    return Series(GPT3_FLOPS, np.asarray(right, dtype=float), ITEMS, answer_tokens)


class TestCalibration:
    """Under a smooth truth p-values must not be small more often than they say."""

    @pytest.mark.parametrize("dispersion", [1.0, 8.0], ids=["items alone", "scatter"])
    def test_a_smooth_curve_is_rarely_called_broken(self, dispersion):
        truth = sigmoid(1.5, 22.3)
        tables = drawn(np.random.default_rng(1), truth, ITEMS, dispersion, 40)
        p_values = [
            break_test(series_of(right), resamples=60, seed=i).p_value for i, right in enumerate(tables)
        ]
        # at most 10 % in truth: 40 tables have a standard error of 4.7 %, and four of them
        assert np.mean(np.array(p_values) <= 0.1) <= 0.1 + 4 * np.sqrt(0.1 * 0.9 / 40)
        assert np.median(p_values) > 0.2

    def test_scatter_taken_for_sampling_would_cry_wolf(self):
        tables = drawn(np.random.default_rng(1), sigmoid(1.5, 22.3), ITEMS, 8.0, 20)
        tests = [break_test(series_of(right), resamples=60, seed=i) for i, right in enumerate(tables)]
        naive = np.mean([test.p_sampling <= 0.1 for test in tests])
        assert naive > 0.4 > np.mean([test.p_value <= 0.1 for test in tests])


class TestPower:
    def test_a_true_jump_is_found_where_it_is(self):
        truth = np.where(GPT3_FLOPS > 1e22, 0.7, 0.03)
        tables = drawn(np.random.default_rng(2), truth, ITEMS, 1.0, 10)
        tests = [break_test(series_of(right), resamples=60, seed=i) for i, right in enumerate(tables)]
        assert np.mean([test.p_value <= 0.05 for test in tests]) >= 0.9
        assert all(4.77e21 <= test.broken.break_scale <= 1.2e22 for test in tests)

    def test_a_true_kink_is_found(self):
        x = np.log10(GPT3_FLOPS)
        truth = 1 / (1 + np.exp(-(-3 + 0.2 * (x - 20) + 4 * np.maximum(x - 22, 0))))
        tests = [
            break_test(series_of(right), resamples=60, seed=i)
            for i, right in enumerate(drawn(np.random.default_rng(3), truth, ITEMS, 1.0, 10))
        ]
        assert np.mean([test.p_value <= 0.05 for test in tests]) >= 0.9

    def test_more_scatter_means_less_power(self):
        right = np.round(500 * np.where(GPT3_FLOPS > 1e22, 0.5, 0.2))
        bent = right + np.array([60, -60, 60, -60, 60, -60, 60, -60])
        assert break_test(series_of(bent)).power < break_test(series_of(right)).power

    def test_a_curve_that_levels_off_is_no_emergence(self):
        x = np.log10(GPT3_FLOPS)
        truth = 1 / (1 + np.exp(-(-2 + 3 * np.minimum(x - 20, 1.2))))
        test = break_test(series_of(np.round(500 * truth)), resamples=60)
        assert test.p_value > 0.05


class TestFit:
    def test_the_best_place_is_the_best_of_all_places(self):
        right = np.array([3, 5, 4, 8, 9, 100, 180, 420], dtype=float)
        series = series_of(right)
        test = break_test(series, resamples=50)

        def kinked(at):
            design = series.design
            z = np.maximum(design.x - at, 0)[None]
            start = starting_theta(design, right[None])
            return -fit_sigmoids(design, right[None], z, start).log_likelihood[0]

        inner = series.design.x
        best = min(
            minimize_scalar(kinked, bounds=pair, method="bounded").fun for pair in pairwise(inner[1:-1])
        )
        # kinks are tried at models and half-way: within a fifth of a unit of the continuous search
        assert -test.broken.log_likelihood <= best + 0.2

    def test_counts_of_a_sigmoid_have_no_break_and_no_scatter(self):
        test = break_test(series_of(500 * sigmoid(2.0, 22.0)), resamples=50)
        assert test.likelihood_ratio == pytest.approx(0, abs=1e-4)
        assert test.dispersion == 1.0
        assert test.p_value > 0.9
        assert test.smooth.accuracy_at(GPT3_FLOPS) == pytest.approx(sigmoid(2.0, 22.0), abs=1e-4)

    def test_tokens_of_a_sigmoid_have_no_break_per_token(self):
        right = 500 * sigmoid(1.2, 21.5) ** 4
        assert break_test(series_of(right, 4.0), resamples=50).likelihood_ratio == pytest.approx(0, abs=1e-4)

    def test_the_same_seed_gives_the_same_answer(self):
        right = np.array([3, 5, 4, 8, 9, 100, 180, 420])
        one, other = (break_test(series_of(right), resamples=50, seed=7) for _ in range(2))
        assert (one.p_value, one.power) == (other.p_value, other.power)

    def test_the_unit_of_scale_does_not_matter(self):
        right = np.array([3, 5, 4, 8, 9, 100, 180, 420], dtype=float)
        one = break_test(series_of(right), resamples=50)
        other = break_test(Series(GPT3_FLOPS / 8.64e19, right, ITEMS), resamples=50)
        assert other.likelihood_ratio == pytest.approx(one.likelihood_ratio, abs=1e-5)
        assert other.p_value == one.p_value

    def test_fewer_scales_than_parameters_are_refused(self):
        few = Series(np.array([1e20, 1e21, 1e22, 1e22, 1e23]), np.ones(5), np.full(5, 10.0))
        with pytest.raises(ValueError, match=f"scale must have {FEWEST} different values, got 4"):
            break_test(few)


class TestDraws:
    @pytest.mark.parametrize("dispersion", [1.0, 6.0])
    def test_simulated_counts_have_mean_and_variance_asked_for(self, dispersion):
        accuracy, items = np.array([0.02, 0.3, 0.9]), np.array([1000.0, 500.0, 200.0])
        counts = drawn(np.random.default_rng(0), accuracy, items, dispersion, 20_000)
        binomial = items * accuracy * (1 - accuracy)
        # 20,000 draws: standard error of a mean 0.7 %, of a variance some 1.5 % as tails are long
        assert counts.mean(axis=0) == pytest.approx(items * accuracy, rel=0.03)
        assert counts.var(axis=0) == pytest.approx(dispersion * binomial, rel=0.08)

    def test_places_are_within_the_range_and_few(self):
        x = np.linspace(-3, 3, 200)
        found = places(x)
        assert len(found) <= 48
        assert all(x[0] < place.at < x[-1] for place in found)
        assert {place.kind for place in found} == {"jump", "kink"}

    def test_the_design_keeps_probabilities_in_range(self):
        design = Design(np.zeros(3), np.full(3, 10.0), 5.0, 0.25)
        assert design.accuracy(np.array([-1e6, 0.0, 1e6])) == pytest.approx([0.25, 0.25 + 0.75 / 32, 1.0])
