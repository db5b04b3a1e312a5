"""Quantities of a fit agree with the closed forms of the laws."""

import numpy as np
import pytest

from scalecalc.fitting import (
    Request,
    allocation_exponents,
    delta_intervals,
    fit,
    loss_quantity,
    optimum_quantities,
)
from scalecalc.laws.surface import Additive


@pytest.fixture(scope="module")
def fitted(chinchilla240):
    return fit(chinchilla240, Request(objective="huber-1e-3"))


@pytest.mark.parametrize("flops", [1e18, 5.76e23, 1e27])
def test_optimum_is_that_of_the_law(fitted, flops):
    law = Additive(**fitted.parameters)
    params, tokens = law.optimal(flops)
    found = delta_intervals(fitted, optimum_quantities(flops))
    assert found["params"].value == pytest.approx(params, rel=1e-9)
    assert found["tokens"].value == pytest.approx(tokens, rel=1e-9)
    assert found["tokens_per_param"].value == pytest.approx(tokens / params, rel=1e-9)
    assert found["loss"].value == pytest.approx(law.loss(params, tokens), rel=1e-9)


def test_loss_somewhere_is_that_of_the_law(fitted):
    law = Additive(**fitted.parameters)
    assert delta_intervals(fitted, [loss_quantity(7e9, 2e12)])["loss"].value == pytest.approx(
        law.loss(7e9, 2e12)
    )


def test_exponents_add_up_to_one(fitted):
    found = delta_intervals(fitted, allocation_exponents())
    assert found["a"].value + found["b"].value == pytest.approx(1.0)
    assert found["a"].high - found["a"].low == pytest.approx(found["b"].high - found["b"].low)


def test_outer_exponent_does_not_move_the_optimum():
    # Busbridge et al. 2025: the optimum is that of the inner sum.
    random = np.random.default_rng(0)
    params, tokens = 10 ** random.uniform(7, 10, 60), 10 ** random.uniform(9, 12, 60)
    from scalecalc.fitting import runs_of

    loss = 1.22 + (3355 * params**-0.408 + 18186 * tokens**-0.431) ** 0.452
    found = fit(runs_of(params, tokens, loss), Request(form="joint-power", objective="least-squares"))
    wanted, _ = Additive(E=1.22, A=3355, B=18186, alpha=0.408, beta=0.431).optimal(1e22)
    assert delta_intervals(found, optimum_quantities(1e22))["params"].value == pytest.approx(wanted, rel=1e-5)
