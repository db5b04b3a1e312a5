"""Measures of an answer from its loss: Schaeffer's construction, closed forms and limits."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.training.emergence import (
    AnswerLoss,
    PowerLoss,
    brier_score,
    edit_distance,
    emergence_score,
    exact_match,
    largest_step,
    loss_at,
    reached_at,
    seen,
    smallest_seen,
    token_probability,
)

losses = st.floats(0, 20)
lengths = st.floats(1, 200)


class TestSchaeffersConstruction:
    """Schaeffer et al. 2023 (arXiv 2304.15004), section 2, with their formulas written out."""

    SIZES = tuple(10 ** (9 + step / 4) for step in range(9))

    def test_accuracy_and_edit_distance_are_those_of_the_paper(self):
        c, alpha, length = 1e9, -0.5, 5
        loss = PowerLoss(0.5, 1e9)
        for size in self.SIZES:
            p = math.exp(-((size / c) ** alpha))
            assert token_probability(loss(size)) == pytest.approx(p)
            assert exact_match(loss(size), length) == pytest.approx(p**length)
            assert edit_distance(loss(size), length) == pytest.approx(length * (1 - p))
            assert brier_score(loss(size)) == pytest.approx((1 - p) ** 2)

    def test_exact_match_of_long_answers_looks_sharp_and_edit_distance_does_not(self):
        loss = PowerLoss(0.5, 1e9)
        exact = [exact_match(loss(size), 30) for size in self.SIZES]
        wrong = [edit_distance(loss(size), 30) for size in self.SIZES]

        even = len(self.SIZES) - 1
        assert emergence_score(exact) > 4 * even
        assert abs(emergence_score(wrong)) < 1.5 * even

    def test_accuracy_falls_geometrically_and_edit_distance_linearly_with_length(self):
        ratios = [exact_match(0.3, k + 1) / exact_match(0.3, k) for k in range(1, 6)]
        steps = [edit_distance(0.3, k + 1) - edit_distance(0.3, k) for k in range(1, 6)]
        assert ratios == pytest.approx([math.exp(-0.3)] * 5)
        assert steps == pytest.approx([1 - math.exp(-0.3)] * 5)

    def test_under_a_power_law_a_longer_answer_only_comes_later(self):
        # exp(-k (x/c)^-a) at x equals exp(-(x/c)^-a) at x k^(-1/a): the same curve, moved
        loss, k = PowerLoss(0.4, 1e21), 12
        for scale in (1e20, 1e22, 1e24):
            assert exact_match(loss(scale), k) == pytest.approx(exact_match(loss(scale * k ** (-1 / 0.4)), 1))


class TestMeasures:
    @given(losses, lengths)
    def test_they_stay_within_their_ranges(self, loss, k):
        assert 0 <= exact_match(loss, k) <= token_probability(loss) <= 1
        assert 0 <= edit_distance(loss, k) <= k
        assert 0 <= brier_score(loss) <= 1

    @given(losses, st.integers(1, 50))
    def test_an_answer_has_at_least_as_many_wrong_tokens_as_it_is_wrong(self, loss, k):
        # Markov: P(at least one wrong) <= E(number wrong)
        assert 1 - exact_match(loss, k) <= edit_distance(loss, k) * (1 + 1e-12) + 1e-15

    def test_simulated_answers_agree(self):
        generator = random.Random(3)
        loss, k, answers = 0.2, 6, 20_000
        wrong = [sum(generator.random() > math.exp(-loss) for _ in range(k)) for _ in range(answers)]
        share = exact_match(loss, k)
        # four standard errors of a mean over 20,000 answers
        assert wrong.count(0) / answers == pytest.approx(
            share, abs=4 * math.sqrt(share * (1 - share) / answers)
        )
        assert sum(wrong) / answers == pytest.approx(
            edit_distance(loss, k), abs=4 * math.sqrt(k / 4 / answers)
        )

    @given(st.floats(1e-6, 1), lengths)
    def test_loss_at_undoes_exact_match(self, accuracy, k):
        assert exact_match(loss_at(accuracy, k), k) == pytest.approx(accuracy)

    def test_a_law_gives_an_answer_its_loss_above_the_entropy_of_text(self):
        answer = AnswerLoss(entropy=1.8, floor=0.1, difficulty=2.0)
        assert answer(2.0) == pytest.approx(0.1 + 2 * 0.2)
        assert answer(1.0) == 0.1

    @pytest.mark.parametrize("accuracy", [0.0, -0.1, 1.1, math.nan])
    def test_an_impossible_accuracy_is_refused(self, accuracy):
        with pytest.raises(ValueError, match="accuracy must be above 0"):
            loss_at(accuracy, 5)


class TestResolution:
    @given(st.integers(1, 10**6), st.floats(0.01, 0.99))
    def test_the_smallest_accuracy_seen_is_seen_with_that_certainty(self, items, certainty):
        assert seen(smallest_seen(items, certainty), items) == pytest.approx(certainty, rel=1e-6)

    def test_it_is_the_rule_of_three(self):
        # Hanley and Lippman-Hand 1983: with no hit in n, 3/n is the upper 95 % limit
        # -ln 0.05 is 2.996, and n is finite: 0.3 % together
        assert smallest_seen(1000, 0.95) == pytest.approx(3 / 1000, rel=4e-3)

    def test_simulated_tests_agree(self):
        generator = random.Random(5)
        items, accuracy = 40, smallest_seen(40, 0.5)
        hit = sum(any(generator.random() < accuracy for _ in range(items)) for _ in range(5000))
        assert hit / 5000 == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / 5000))

    @pytest.mark.parametrize(("items", "certainty"), [(0, 0.5), (10, 0.0), (10, 1.0)])
    def test_no_items_and_no_certainty_are_refused(self, items, certainty):
        with pytest.raises(ValueError, match="must be"):
            smallest_seen(items, certainty)

    @given(st.floats(0.05, 2), st.floats(1e6, 1e12), st.floats(0.01, 5))
    def test_a_scale_is_found_by_its_loss(self, exponent, one_nat_at, target):
        loss = PowerLoss(exponent, one_nat_at)
        scale = reached_at(loss, target, 1e-100, 1e100)
        closed = one_nat_at * target ** (-1 / exponent)
        assert scale == pytest.approx(closed, rel=1e-8)

    def test_a_loss_that_never_falls_so_low_has_no_scale(self):
        assert reached_at(lambda scale: 0.5 + 1 / scale, 0.4, 1.0, 1e9) is None
        assert reached_at(lambda scale: 1 / scale, 2.0, 1.0, 1e9) is None

    @pytest.mark.parametrize("exponent", [0.0, -1.0, math.inf])
    def test_a_power_law_that_does_not_fall_is_refused(self, exponent):
        with pytest.raises(ValueError, match="exponent must be positive"):
            PowerLoss(exponent, 1e9)


class TestSharpness:
    def test_the_score_is_that_of_the_formula(self):
        # eq. 1 of Schaeffer et al. by hand: (0.9 - 0) / sqrt(median(0.01, 0.04, 0.36))
        assert emergence_score([0.0, 0.1, 0.3, 0.9]) == pytest.approx(0.9 / 0.2)

    def test_a_falling_measure_has_a_negative_score(self):
        assert emergence_score([3.0, 2.0, 1.0, 0.0]) == -3.0

    @pytest.mark.parametrize("values", [[], [1.0], [0.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
    def test_it_has_none_without_a_median_step(self, values):
        assert emergence_score(values) is None

    @given(st.lists(st.floats(-10, 10), min_size=3, max_size=12), st.floats(0.1, 10), st.floats(-5, 5))
    def test_the_largest_step_does_not_depend_on_the_unit(self, values, factor, offset):
        one, other = largest_step(values), largest_step([factor * value + offset for value in values])
        if one is not None and max(values) - min(values) > 1e-6:
            assert other == pytest.approx(one, rel=1e-6)

    def test_a_measure_that_does_not_change_has_no_step(self):
        assert largest_step([0.2, 0.2, 0.2]) is None
