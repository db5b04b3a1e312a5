"""A fit survives JSON at full precision."""

import json

import numpy as np
import pytest

from scalecalc.fitting import Request, delta_intervals, fit, from_record, optimum_quantities, to_record


@pytest.mark.parametrize(
    "request_", [Request(), Request(fixed={"E": 0.0}), Request(form="joint-power")], ids=str
)
def test_intervals_of_a_stored_fit_are_the_same(request_, chinchilla240):
    found = fit(chinchilla240, request_)
    stored = from_record(json.loads(json.dumps(to_record(found), allow_nan=False)))
    assert stored.report == found.report
    assert np.array_equal(stored.covariance, found.covariance)
    assert delta_intervals(stored, optimum_quantities(1e24)) == delta_intervals(
        found, optimum_quantities(1e24)
    )


def test_missing_parts_are_named(chinchilla240):
    record = to_record(fit(chinchilla240))
    del record["theta"]
    with pytest.raises(ValueError, match="must hold theta"):
        from_record(record)


def test_wrong_shapes_are_named(chinchilla240):
    record = to_record(fit(chinchilla240))
    record["theta"] = [1.0]
    with pytest.raises(ValueError, match=r"must be \[6\]"):
        from_record(record)
