"""The chart of `gpu-hours`: time by the number of GPUs, or what the time of a cluster buys."""

import pytest

from scalecalc import commands
from scalecalc.chart import Band, Line, Points


def of_kind(chart, kind):
    return [series for series in chart.series if isinstance(series, kind)]


def only(**given):
    (chart,) = commands.call("gpu-hours", **given, plot=True).charts
    return chart


def test_time_is_gpu_hours_over_gpus_and_passes_through_the_answer():
    asked = {"flops": "1e24", "gpus": "1024xh100"}
    answer, chart = commands.call("gpu-hours", **asked), only(**asked)
    (line,), (here,), (band,) = (of_kind(chart, kind) for kind in (Line, Points, Band))
    assert here.x == (1024,)
    assert here.y[0] == pytest.approx(answer.seconds.value)
    for gpus, seconds in zip(line.x, line.y, strict=True):
        assert gpus * seconds == pytest.approx(3600 * answer.gpu_hours.value)
    assert band.low[0] * band.x[0] == pytest.approx(3600 * answer.gpu_hours.low)


def test_without_gpus_the_chart_spans_clusters_of_many_sizes():
    (line,) = of_kind(only(flops="1e24", mfu="40%"), Line)
    assert (line.x[0], line.x[-1]) == pytest.approx((8, 65_536))


def test_a_cluster_alone_is_told_what_its_time_buys():
    chart = only(gpus="512")
    (line,), (points,) = of_kind(chart, Line), of_kind(chart, Points)
    answer = commands.call("gpu-hours", gpus="512")
    assert points.y == tuple(row.params for row in answer.buys)
    assert (line.y[0], line.y[-1]) == pytest.approx((points.y[0], points.y[-1]))
