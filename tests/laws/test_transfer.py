"""Transfer; the published values are in test_further_laws.py."""

import numpy as np
import pytest

from scalecalc.laws.transfer import Transfer

LAW = Transfer(k=1.9e4, alpha=0.18, beta=0.38)


def test_ten_times_the_parameters_are_worth_their_power():
    assert LAW.transferred(1e9, 1e6) / LAW.transferred(1e8, 1e6) == pytest.approx(10**0.38)


def test_multiplier_counts_the_fine_tuning_data_itself():
    assert LAW.multiplier(4e7, 3e5) == pytest.approx((3e5 + LAW.transferred(4e7, 3e5)) / 3e5)


def test_transfer_takes_arrays():
    params, characters = np.array([1e7, 1e8]), np.array([1e5, 1e6])
    each = [LAW.transferred(1e7, 1e5), LAW.transferred(1e8, 1e6)]
    np.testing.assert_allclose(LAW.transferred(params, characters), each, rtol=1e-14)


@pytest.mark.parametrize(("params", "characters", "name"), [(0.0, 1.0, "params"), (1.0, -1.0, "characters")])
def test_what_is_not_positive_is_refused(params, characters, name):
    with pytest.raises(ValueError, match=f"^{name} must be positive and finite, not"):
        LAW.transferred(params, characters)
