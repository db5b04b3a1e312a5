"""The optimizers against PyTorch's trajectories, closed forms, and what must hold for every input."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.layout import OPTIMIZERS, Precision
from scalecalc.training.optimizers import ENTRIES, Adafactor, Adam, Lion, Sgd, entry, optimizer

VECTORS = json.loads((Path(__file__).parent / "optimizer_vectors.json").read_text())

TOLERANCE = 1e-12
"""Of the largest number of a trajectory. PyTorch sums in another order, which leaves some 1e-15 of a step."""

every_optimizer = pytest.mark.parametrize("name", ENTRIES)

sizes = st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6)
rates = st.floats(1e-6, 1.0)
shares = st.floats(0.0, 0.999)
walks = st.lists(sizes, min_size=1, max_size=20)


def case_name(case):
    return f"{case['optimizer']} {case['shape']} {case['settings']}"


def as_number(values):
    return values if isinstance(values, float) else np.array(values)


def walk(chosen, start, gradients):
    return [taken.params for taken in chosen.trace(start, gradients)]


class TestAgainstPyTorch:
    """Vectors by bench/optimizer_vectors.py: torch 2.13, and the algorithm of Lion in its tensors."""

    @pytest.mark.parametrize("case", VECTORS["cases"], ids=case_name)
    def test_every_step_agrees_to_1e_12(self, case):
        chosen = optimizer(case["optimizer"], **case["settings"])
        start = as_number(VECTORS["start"][case["shape"]])
        gradients = map(as_number, VECTORS["gradients"][case["shape"]])
        expected = np.array(case["params"])
        found = np.array(walk(chosen, start, gradients))
        assert np.abs(found - expected).max() <= TOLERANCE * max(1.0, np.abs(expected).max())

    @pytest.mark.parametrize("case", VECTORS["cases"], ids=case_name)
    def test_the_final_state_agrees_to_1e_12(self, case):
        chosen = optimizer(case["optimizer"], **case["settings"])
        start = as_number(VECTORS["start"][case["shape"]])
        *_, last = chosen.trace(start, map(as_number, VECTORS["gradients"][case["shape"]]))
        assert last.state.steps == len(case["params"])
        for found, expected in zip(last.state.kept, case["kept"], strict=True):
            assert np.abs(found - np.array(expected)).max() <= TOLERANCE * max(1.0, np.abs(expected).max())

    def test_there_are_cases_of_every_optimizer_and_matrices_for_the_factored_one(self):
        assert {case["optimizer"] for case in VECTORS["cases"]} == set(ENTRIES)
        assert {case["shape"] for case in VECTORS["cases"] if case["optimizer"] == "adafactor"} == {
            *("scalar", "vector", "matrix", "stack")
        }
        assert {len(case["params"]) for case in VECTORS["cases"]} == {48}


class TestClosedForms:
    @given(start=sizes, curvature=st.floats(0.01, 1.0), rate=rates)
    def test_gradient_descent_shrinks_a_quadratic_by_one_factor(self, start, curvature, rate):
        chosen = Sgd(learning_rate=rate)
        params, state = start, chosen.start(start)
        for _ in range(10):
            params, state = chosen.step(params, curvature * params, state)
        assert params == pytest.approx(start * (1 - rate * curvature) ** 10, rel=1e-12)

    @pytest.mark.parametrize("nesterov", [False, True])
    @given(curvature=st.floats(0.01, 1.0), rate=st.floats(0.01, 1.0), momentum=st.floats(0.01, 0.99))
    def test_momentum_on_a_quadratic_follows_its_linear_recursion(self, nesterov, curvature, rate, momentum):
        """(w, b) = A^t (w0, 0) with b' = mu b + h w and w' = w - lr b', or w - lr (h w + mu b')."""
        pull = curvature * rate
        if nesterov:
            rows = [[1 - pull * (1 + momentum), -rate * momentum**2], [curvature, momentum]]
        else:
            rows = [[1 - pull, -rate * momentum], [curvature, momentum]]
        expected = np.linalg.matrix_power(np.array(rows), 12) @ [1.0, 0.0]
        chosen = Sgd(learning_rate=rate, momentum=momentum, nesterov=nesterov)
        params, state = 1.0, chosen.start(1.0)
        for _ in range(12):
            params, state = chosen.step(params, curvature * params, state)
        assert params == pytest.approx(expected[0], rel=1e-9, abs=1e-11)
        assert state.kept[0] == pytest.approx(expected[1], rel=1e-9, abs=1e-11)

    @given(momentum=st.floats(0.01, 0.99), gradient=sizes)
    def test_the_velocity_under_a_constant_gradient_is_a_geometric_sum(self, momentum, gradient):
        *_, last = Sgd(momentum=momentum).trace(0.0, [gradient] * 30)
        assert last.seen["velocity"] == pytest.approx(gradient * (1 - momentum**30) / (1 - momentum))

    @given(gradient=sizes, rate=rates, beta1=shares, beta2=shares)
    def test_the_first_step_of_adam_is_the_rate_along_the_sign(self, gradient, rate, beta1, beta2):
        chosen = Adam(learning_rate=rate, beta1=beta1, beta2=beta2, eps=1e-20)
        (taken,) = chosen.trace(0.0, [gradient])
        assert taken.update == pytest.approx(-math.copysign(rate, gradient), rel=1e-9)

    @given(gradient=sizes, beta1=shares, beta2=shares, count=st.integers(1, 40))
    def test_bias_correction_makes_means_of_a_constant_gradient_exact(self, gradient, beta1, beta2, count):
        *_, last = Adam(beta1=beta1, beta2=beta2).trace(0.0, [gradient] * count)
        assert last.seen["m_hat"] == pytest.approx(gradient, rel=1e-9)
        assert last.seen["v_hat"] == pytest.approx(gradient**2, rel=1e-9)

    @given(gradients=walks, beta1=shares)
    def test_the_first_moment_is_the_weighted_mean_of_the_gradients(self, gradients, beta1):
        *_, last = Adam(beta1=beta1).trace(0.0, gradients)
        weights = beta1 ** np.arange(len(gradients))[::-1]
        largest = max(map(abs, gradients))
        expected = np.dot(weights, gradients) / weights.sum()
        assert last.seen["m_hat"] == pytest.approx(expected, rel=1e-9, abs=1e-9 * largest)

    @given(gradients=walks, rate=rates)
    def test_every_step_of_lion_has_the_length_of_the_rate(self, gradients, rate):
        for taken in Lion(learning_rate=rate).trace(0.0, gradients):
            assert abs(taken.update) in (rate, 0.0)

    def test_adafactor_on_a_matrix_of_rank_one_knows_its_squares(self):
        gradients = np.outer([1.0, 2.0, 5.0], [3.0, 0.5])
        (taken,) = Adafactor().trace(np.ones((3, 2)), [gradients])
        assert taken.seen["v"] == pytest.approx(gradients**2, rel=1e-14)

    @given(gradients=st.lists(sizes, min_size=4, max_size=4), rate=rates, clip=st.floats(1.0, 10.0))
    def test_the_update_of_adafactor_is_bounded_by_clip_times_its_step_size(self, gradients, rate, clip):
        chosen = Adafactor(learning_rate=rate, clip=clip)
        for taken in chosen.trace(np.ones(4), [np.array(gradients) / 100, np.array(gradients)]):
            size = float(np.sqrt((taken.update**2).mean()))
            assert size <= clip * float(taken.seen["step_size"].max()) * (1 + 1e-12)


class TestIdentities:
    @given(gradients=walks, start=sizes, rate=rates, beta1=shares, beta2=shares)
    def test_adamw_and_adam_l2_without_decay_are_adam(self, gradients, start, rate, beta1, beta2):
        shared = {"learning_rate": rate, "beta1": beta1, "beta2": beta2}
        plain = walk(optimizer("adam", **shared), start, gradients)
        for name in ("adamw", "adam-l2"):
            assert walk(optimizer(name, **shared, weight_decay=0.0), start, gradients) == plain

    @given(gradients=walks, start=sizes, rate=rates)
    def test_no_momentum_is_gradient_descent(self, gradients, start, rate):
        with_none = optimizer("momentum", learning_rate=rate, momentum=0.0)
        assert walk(with_none, start, gradients) == walk(Sgd(learning_rate=rate), start, gradients)

    @given(gradients=walks, start=sizes, rate=rates, decay=st.floats(0.0, 1.0))
    def test_decoupled_decay_shrinks_by_the_same_factor_whatever_the_gradients(
        self, gradients, start, rate, decay
    ):
        chosen = optimizer("adamw", learning_rate=rate, weight_decay=decay)
        at = start
        for taken in chosen.trace(start, gradients):
            assert (taken.decay or 0.0) == pytest.approx(-rate * decay * at, rel=1e-12)
            at = taken.params

    @given(gradients=walks, scale=st.sampled_from([0.25, 8.0, 1024.0]))
    def test_adam_lion_and_adafactor_hardly_feel_the_scale_of_gradients(self, gradients, scale):
        """Powers of two scale exactly; eps alone feels them, here made too small to tell."""
        for chosen in (Adam(eps=1e-150), Lion(), Adafactor(eps=1e-150)):
            scaled = walk(chosen, 1.0, [scale * gradient for gradient in gradients])
            assert scaled == pytest.approx(walk(chosen, 1.0, gradients), rel=1e-12)

    @every_optimizer
    @given(gradients=walks, start=sizes)
    def test_a_step_is_its_update_and_its_decay(self, name, gradients, start):
        before = start
        for taken in optimizer(name, learning_rate=0.1).trace(start, gradients):
            assert taken.params == before + (taken.decay or 0.0) + taken.update
            before = taken.params

    @every_optimizer
    @given(gradients=walks, start=sizes)
    def test_floats_and_arrays_of_one_entry_take_the_same_steps(self, name, gradients, start):
        chosen = optimizer(name, learning_rate=0.1)
        arrays = walk(chosen, np.array([start]), [np.array([gradient]) for gradient in gradients])
        assert np.array(arrays)[:, 0] == pytest.approx(walk(chosen, start, gradients), rel=1e-12)

    @every_optimizer
    def test_a_step_changes_nothing_in_place(self, name):
        params, gradients = np.array([[1.0, -2.0]]), np.array([[0.5, 0.25]])
        chosen = optimizer(name)
        state = chosen.start(params)
        kept = [each.copy() for each in state.kept]
        chosen.step(params, gradients, state)
        assert params.tolist() == [[1.0, -2.0]]
        assert gradients.tolist() == [[0.5, 0.25]]
        assert [each.tolist() for each in state.kept] == [each.tolist() for each in kept]

    @every_optimizer
    def test_runs_side_by_side_are_the_runs_one_by_one(self, name):
        """One learning rate for each row; Adafactor is told that the first axis holds runs."""
        random = np.random.default_rng(5)
        start, gradients = random.normal(size=6), random.normal(size=(15, 6))
        several = [0.001, 0.1, 2.0]
        batch = {"batch_axes": 1} if name == "adafactor" else {}
        together = entry(name).kind(
            **{
                **entry(name).fixed,
                **entry(name).defaults,
                **batch,
                "learning_rate": np.array(several)[:, None],
            }
        )
        side_by_side = walk(together, np.tile(start, (3, 1)), [np.tile(g, (3, 1)) for g in gradients])
        for row, rate in enumerate(several):
            alone = walk(optimizer(name, learning_rate=rate), start, gradients)
            assert np.array(side_by_side)[:, row] == pytest.approx(np.array(alone), rel=1e-12, abs=1e-15)


class TestMemory:
    @every_optimizer
    @pytest.mark.parametrize("shape", [(), (7,), (5, 3), (2, 4, 3)])
    def test_the_count_of_kept_values_is_that_of_the_state(self, name, shape):
        chosen = optimizer(name)
        state = chosen.start(np.zeros(shape) if shape else 0.0)
        assert chosen.kept_values(shape) == sum(np.size(each) for each in state.kept)

    @pytest.mark.parametrize("name", sorted(ENTRIES.keys() & set(OPTIMIZERS) - {"adafactor"}))
    def test_it_agrees_with_what_memory_counts_in_fp32(self, name):
        shape = (4096, 4096)
        bytes_per_param = 4 * optimizer(name).kept_values(shape) / math.prod(shape)
        assert bytes_per_param == Precision(optimizer=name).matrix_states

    @pytest.mark.parametrize("width", [400, 4096])
    def test_adafactor_is_within_what_memory_counts_from_a_width_of_400(self, width):
        bytes_per_param = 4 * Adafactor().kept_values((width, width)) / width**2
        assert bytes_per_param <= Precision(optimizer="adafactor").matrix_states * (1 + 1e-12)


class TestSettings:
    @every_optimizer
    @pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf])
    def test_a_learning_rate_is_finite_and_not_negative(self, name, value):
        with pytest.raises(ValueError, match=rf"learning_rate must be at least 0.*{re.escape(repr(value))}"):
            optimizer(name, learning_rate=value)

    @pytest.mark.parametrize(
        ("name", "setting", "value"),
        [
            ("momentum", "momentum", 1.0),
            ("nesterov", "momentum", 0.0),
            ("adam", "beta1", 1.0),
            ("adam", "beta2", -0.1),
            ("adam", "eps", 0.0),
            ("adamw", "weight_decay", -1.0),
            ("lion", "beta1", math.nan),
            ("adafactor", "beta2_decay", 0.1),
            ("adafactor", "eps", 1e-200),
            ("adafactor", "clip", 0.5),
            ("adafactor", "least_scale", -1.0),
        ],
    )
    def test_a_setting_out_of_its_range_is_named_with_its_value(self, name, setting, value):
        with pytest.raises(ValueError, match=f"{setting} must be .*, not {re.escape(repr(value))}"):
            optimizer(name, **{setting: value})

    def test_arrays_of_learning_rates_are_checked_too(self):
        with pytest.raises(ValueError, match="learning_rate must be at least 0"):
            Adam(learning_rate=np.array([0.1, -0.1]))

    def test_an_optimizer_takes_only_its_own_settings(self):
        with pytest.raises(ValueError, match="beta2 must be one of learning_rate, weight_decay for sgd"):
            optimizer("sgd", beta2=0.9)
        with pytest.raises(ValueError, match="weight_decay must be one of"):
            optimizer("adam", weight_decay=0.1)

    def test_an_unknown_name_is_told_with_the_known_ones(self):
        with pytest.raises(ValueError, match=r"optimizer must be one of sgd, .*, not 'adamz'"):
            optimizer("adamz")

    @every_optimizer
    def test_typical_settings_are_settings_that_it_takes(self, name):
        assert optimizer(name, **entry(name).typical)
        assert len(entry(name).states) == len(optimizer(name).start(np.zeros((2, 2))).kept)
