"""The charts of `emergence fit`: accuracies with their curves, and the same models per token."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.chart import Axis, Chart, Line, Points
from scalecalc.commands._charts import COMPUTE, SIZE, chart, curve, grid
from scalecalc.commands._emergence_series import Tested, token_probabilities
from scalecalc.fitting.emergence import BreakTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SERIES = 6
"""Series that are drawn; more cannot be told apart."""

SHARE = Axis("share right", "share")


def emergence_fit_charts(tested: Sequence[Tested]) -> Iterator[Chart | None]:
    """One series with both its curves, several as points; then the same per token."""
    axis = COMPUTE if tested[0].measured.variable == "flops" else SIZE
    shown = tested[:MOST_SERIES]
    left_out = len(tested) - len(shown)
    more = f"; {left_out} more series are not drawn" if left_out else ""
    one = shown[0] if len(tested) == 1 else None
    yield chart(
        "accuracy",
        "accuracy as scored",
        (axis, SHARE),
        (
            *(_points(each, each.measured.accuracy) for each in shown),
            *(_curves(one, one.as_it_stands, 1.0) if one else ()),
        ),
        f"share of items answered rightly, by model{more}",
    )
    by_token = [
        (each, values) for each in shown if (values := token_probabilities(each.measured)) is not None
    ]
    yield chart(
        "per-token",
        "the same models per token",
        (axis, SHARE),
        (
            *(_points(each, values) for each, values in by_token),
            *(
                _curves(one, one.per_token, one.measured.answer_tokens or 1.0)
                if one and one.per_token
                else ()
            ),
        ),
        f"accuracy^(1/k): the share of right tokens, were they independent{more}",
    )


def _points(tested: Tested, values: "NDArray[np.float64]") -> Points:
    series = tested.measured
    return Points(series.name, tuple(series.scale.tolist()), tuple(values.tolist()), series.runs)


def _curves(tested: Tested, test: BreakTest, answer_tokens: float) -> Iterator[Line]:
    """The two curves, accuracy taken to the power 1/k."""
    along = grid(float(tested.measured.scale[0]), float(tested.measured.scale[-1]))
    for name, fitted in (("smooth sigmoid", test.smooth), ("with a break", test.broken)):
        values = fitted.accuracy_at(np.array(along)) ** (1 / answer_tokens)
        found = dict(zip(along, values.tolist(), strict=True))
        yield curve(name, along, found.__getitem__, dashed=fitted is test.broken)
