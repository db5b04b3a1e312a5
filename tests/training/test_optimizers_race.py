"""Races on quadratics against closed forms: rates of decay, limits of stability, invariance, noise floors."""

import math

import numpy as np
import pytest

from scalecalc.training.optimizers import ENTRIES, entry, optimizer
from scalecalc.training.optimizers.race import Quadratic, Race, race

CONDITION = 50.0

GRID = np.geomspace(1e-3, 4.0, 60)

every_optimizer = pytest.mark.parametrize("name", ENTRIES)


def run(name, rates=GRID, steps=300, settings=None, **problem):
    quadratic = Quadratic(**{"condition": CONDITION, "dimension": 12, **problem})
    return race(entry(name), quadratic, np.asarray(rates), steps, settings or {})


def losses_by_hand(quadratic, factors):
    """Loss by step where every eigenvector's distance shrinks by its own factor each step."""
    start, best = quadratic.ends
    squares = (start - best) ** 2
    return quadratic.curvatures @ (squares[:, None] * factors**2) / (quadratic.curvatures @ squares)


class TestQuadratic:
    @pytest.mark.parametrize("rotated", [False, True])
    def test_the_gradient_is_the_slope_of_the_loss(self, rotated):
        """Central differences; the loss is quadratic, so only rounding is left."""
        quadratic = Quadratic(condition=CONDITION, dimension=6, rotated=rotated)
        start, best = quadratic.ends
        scale = quadratic.curvatures @ (start - best) ** 2 / 2
        at = np.arange(6.0)
        along = np.eye(6)
        slopes = (quadratic.loss(at + along) - quadratic.loss(at - along)) / 2 * scale
        assert quadratic.gradients(at) == pytest.approx(slopes, rel=1e-9, abs=1e-9)

    @pytest.mark.parametrize("rotated", [False, True])
    def test_the_loss_is_one_at_the_start_and_zero_at_the_optimum(self, rotated):
        quadratic = Quadratic(condition=CONDITION, dimension=6, rotated=rotated)
        assert quadratic.loss(quadratic.start()) == pytest.approx(1.0)
        assert quadratic.loss(quadratic.basis @ quadratic.ends[1]) == pytest.approx(0.0, abs=1e-25)

    def test_its_condition_number_is_what_was_asked_for(self):
        curvatures = Quadratic(condition=CONDITION, dimension=7).curvatures
        assert curvatures[0] / curvatures[-1] == pytest.approx(CONDITION)
        assert np.diff(np.log(curvatures)) == pytest.approx(math.log(1 / CONDITION) / 6)

    def test_the_rotation_is_orthogonal(self):
        basis = Quadratic(condition=2.0, dimension=9, rotated=True).basis
        assert basis.T @ basis == pytest.approx(np.eye(9), abs=1e-14)

    @pytest.mark.parametrize(
        ("setting", "value"), [("condition", 0.5), ("dimension", 1), ("noise", -1.0), ("noise", math.nan)]
    )
    def test_a_setting_out_of_its_range_is_named(self, setting, value):
        with pytest.raises(ValueError, match=f"{setting} must be"):
            Quadratic(**{"condition": 2.0, "dimension": 2, setting: value})


class TestRace:
    def test_gradient_descent_follows_its_closed_form(self):
        found = run("sgd", steps=80, rates=[0.3, 1.5])
        quadratic = Quadratic(condition=CONDITION, dimension=12)
        for column, rate in enumerate((0.3, 1.5)):
            factors = (1 - rate * quadratic.curvatures[:, None]) ** np.arange(81)
            expected = losses_by_hand(quadratic, factors)
            assert found.losses[:, column] == pytest.approx(expected, rel=1e-9, abs=1e-25)

    @pytest.mark.parametrize(
        ("name", "limit"),
        [
            ("sgd", 2.0),
            ("momentum", 2 * (1 + 0.9)),
            ("nesterov", 2 * (1 + 0.9) / (1 + 2 * 0.9)),
        ],
    )
    def test_the_largest_stable_rate_is_that_of_theory_at_curvature_1(self, name, limit):
        """Below it both roots of the recursion's characteristic polynomial lie within the unit circle."""
        found = run(name, rates=limit * np.array([0.5, 0.9, 0.99, 1.01, 1.1]), steps=3000)
        assert found.largest_stable() == pytest.approx(0.99 * limit)

    @pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
    def test_descent_does_not_feel_a_rotation(self, name):
        aligned, rotated = run(name, rates=[0.1, 1.0]), run(name, rates=[0.1, 1.0], rotated=True)
        assert rotated.losses == pytest.approx(aligned.losses, rel=1e-6, abs=1e-20)

    @pytest.mark.parametrize("name", ["adam", "lion", "adafactor"])
    def test_rules_by_entry_do_feel_it(self, name):
        aligned, rotated = run(name, rates=[0.1]), run(name, rates=[0.1], rotated=True)
        assert np.abs(np.log(rotated.losses[50] / aligned.losses[50])) > 0.1

    @every_optimizer
    def test_all_rates_at_once_are_each_rate_alone(self, name):
        together = run(name, rates=[0.003, 0.1], steps=40, noise=0.2)
        for column, rate in enumerate((0.003, 0.1)):
            alone = run(name, rates=[rate], steps=40, noise=0.2)
            assert together.losses[:, column] == pytest.approx(alone.losses[:, 0], rel=1e-12)

    @every_optimizer
    def test_a_race_is_the_steps_of_the_optimizer_on_the_quadratic(self, name):
        quadratic = Quadratic(condition=CONDITION, dimension=12)
        chosen = optimizer(name, learning_rate=0.05)
        params, state, losses = quadratic.start(), chosen.start(quadratic.start()), [1.0]
        for _ in range(25):
            params, state = chosen.step(params, quadratic.gradients(params), state)
            losses.append(float(quadratic.loss(params)))
        assert run(name, rates=[0.05], steps=25).losses[:, 0] == pytest.approx(losses, rel=1e-10)

    def test_the_noise_floor_of_gradient_descent_is_that_of_theory(self):
        """Each entry ends with variance lr s^2 / (h (2 - lr h)), a mean loss of lr s^2 / (2 (2 - lr h)).

        The mean over the last 20,000 steps of 8 runs; entries forget in 1 / (lr h) = 20 steps at most, so its
        standard error is below 2 %.
        """
        problem = {"condition": 2.0, "dimension": 4, "noise": 0.5}
        found = run("sgd", rates=[0.1], steps=22_000, **problem)
        quadratic = Quadratic(**problem)
        start, best = quadratic.ends
        first = quadratic.curvatures @ (start - best) ** 2 / 2
        floor = (0.1 * 0.5**2 / (2 * (2 - 0.1 * quadratic.curvatures))).sum()
        assert found.losses[2000:, 0].mean() * first == pytest.approx(floor, rel=0.06)

    def test_the_seed_decides_everything(self):
        same, other = (run("adam", rates=[0.1], noise=0.1, seed=seed).losses for seed in (3, 4))
        assert (run("adam", rates=[0.1], noise=0.1, seed=3).losses == same).all()
        assert (same[1:] != other[1:]).all()


class TestVerdict:
    RACE = Race(
        np.array([0.1, 1.0, 10.0, 100.0]),
        np.array(
            [
                [1.0, 1.0, 1.0, 1.0],
                [0.5, 0.01, 0.9, 5.0],
                [0.2, 0.5, 0.8, np.inf],
                [0.01, 0.02, 0.7, np.nan],
            ]
        ),
    )

    def test_steps_count_until_the_loss_stays_within_the_tolerance(self):
        assert self.RACE.steps_to(0.1).tolist() == [3, 3, -1, -1]
        assert self.RACE.steps_to(0.55).tolist() == [1, 1, -1, -1]
        assert self.RACE.steps_to(2.0).tolist() == [0, 0, 0, -1]

    def test_the_best_rate_needs_the_fewest_steps_and_then_ends_lowest(self):
        assert self.RACE.best(0.1) == 0
        assert self.RACE.best(0.6) == 0
        assert Race(np.array([1.0, 2.0]), np.array([[1.0, 1.0], [0.5, 0.3], [0.1, 0.2]])).best(0.4) == 1

    def test_where_none_arrives_the_least_last_loss_decides(self):
        assert self.RACE.best(1e-9) == 0

    def test_losses_within_rounding_leave_the_smallest_rate(self):
        tied = Race(np.array([1.0, 0.5, 2.0]), np.array([[1.0, 1.0, 1.0], [1e-30, 1e-20, 1e-33]]))
        assert tied.best(1e-6) == 1

    def test_the_largest_stable_rate_ends_below_the_start(self):
        assert self.RACE.largest_stable() == 10.0
        assert Race(np.array([1.0]), np.array([[1.0], [np.nan]])).largest_stable() is None
