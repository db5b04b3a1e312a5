"""Where charts stand on a figure, before anything is drawn."""

import pytest

from scalecalc.chart import Axis, Chart, Line, Points
from scalecalc.render.figure_layout import arranged, legend_labels

SIZE = Axis("model size", "parameters", log=True)
LOSS = Axis("loss", "nats/token")
SINGLE, DOUBLE = 3.3 * 72, 6.75 * 72


def chart(curves=1, title="A chart"):
    lines = tuple(Line(f"law {place}", (1e8, 1e9), (3.0 + place, 2.0 + place)) for place in range(curves))
    return Chart("t", title, SIZE, LOSS, (*lines, Points("runs", (5e8,), (2.5,))), "")


@pytest.mark.parametrize(
    ("count", "width", "columns"),
    [(1, DOUBLE, 1), (2, SINGLE, 1), (2, DOUBLE, 2), (3, DOUBLE, 3), (5, DOUBLE, 3)],
)
def test_charts_stand_side_by_side_where_there_is_room(count, width, columns):
    cells, _ = arranged([chart()] * count, width)
    assert len({round(cell.left) for cell in cells}) == columns


def test_labels_beside_curves_leave_room_for_two_in_a_row():
    cells, _ = arranged([chart(5)] * 3, DOUBLE)
    assert len({round(cell.left) for cell in cells}) == 2


@pytest.mark.parametrize("curves", [1, 2, 5, 20])
@pytest.mark.parametrize("width", [SINGLE, DOUBLE])
def test_nothing_leaves_the_figure_and_nothing_overlaps(curves, width):
    cells, height = arranged([chart(curves)] * 3, width)
    for cell in cells:
        assert cell.left > 0
        assert cell.left + cell.width <= width
        assert 0 < cell.top < cell.top + cell.height + cell.below <= height
    for place, cell in enumerate(cells):
        for other in cells[:place]:
            beside = other.left + other.width < cell.left or cell.left + cell.width < other.left
            assert beside or other.top + other.height < cell.top


def test_a_long_title_is_wrapped():
    (cell,), _ = arranged([chart(title="word " * 30)], SINGLE)
    assert max(map(len, cell.title.split("\n"))) < 45


def test_the_legend_tells_what_no_label_does():
    assert legend_labels(chart(5), beside=True) == ("runs",)
    assert legend_labels(chart(2), beside=False) == ("law 0", "law 1", "runs")
