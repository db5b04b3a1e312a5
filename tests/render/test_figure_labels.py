"""Labels at the ends of curves keep apart, in order, and near their curves."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.render.figure_labels import Box, _apart

ROOM = 200.0
GAP = 7.0


@given(st.lists(st.floats(0, ROOM), max_size=24))
def test_they_stand_a_gap_apart_within_the_room_and_in_order(heights):
    placed = _apart(heights, GAP, ROOM)
    assert len(placed) == len(heights)
    rising = sorted(placed)
    assert all(above - below >= GAP - 1e-5 for below, above in pairwise(rising))
    assert all(0 <= each <= ROOM + 1e-6 for each in placed)
    order = sorted(range(len(heights)), key=heights.__getitem__)
    assert [placed[place] for place in order] == rising


def test_what_is_apart_stays():
    assert _apart([10.0, 100.0, 50.0], GAP, ROOM) == [10.0, 100.0, 50.0]


def test_two_that_meet_move_alike():
    assert _apart([50.0, 50.0], GAP, ROOM) == pytest.approx([46.5, 53.5])


def test_boxes_meet_where_they_overlap_and_not_where_they_touch():
    box = Box(0, 0, 2, 2)
    assert box.meets(Box(1, 1, 3, 3))
    assert not box.meets(Box(2, 0, 3, 2))
    assert box.holds(Box(0, 0, 1, 1))
    assert not box.holds(Box(1, 1, 3, 2))
