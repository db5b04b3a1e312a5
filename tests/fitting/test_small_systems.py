"""Singular systems in a stack are solved as far as they go, and leave their neighbours alone."""

import numpy as np
import pytest

from scalecalc.fitting.small_systems import inverse, solved

REGULAR = np.array([[4.0, 1.0], [1.0, 3.0]])
SINGULAR = np.array([[1.0, 1.0], [1.0, 1.0]])


def test_regular_systems_are_solved():
    assert REGULAR @ solved(REGULAR[None], np.array([[1.0, 2.0]]))[0] == pytest.approx([1.0, 2.0])


def test_singular_system_gives_the_shortest_least_squares_solution():
    found = solved(np.array([REGULAR, SINGULAR]), np.array([[1.0, 2.0], [2.0, 4.0]]))
    assert found[0] == pytest.approx(np.linalg.solve(REGULAR, [1.0, 2.0]), rel=1e-15)
    assert found[1] == pytest.approx(np.linalg.lstsq(SINGULAR, [2.0, 4.0])[0], rel=1e-12)


def test_singular_system_that_is_not_finite_gives_nan_for_itself_alone():
    found = solved(np.array([SINGULAR, np.full((2, 2), np.nan), REGULAR]), np.ones((3, 2)))
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[[0, 2]]).all()


def test_grids_of_systems_keep_their_shape():
    grid = np.broadcast_to(SINGULAR, (4, 5, 2, 2))
    assert solved(grid, np.ones((4, 5, 2))) == pytest.approx(np.full((4, 5, 2), 0.5))


def test_inverse_of_a_singular_matrix_is_the_pseudo_inverse():
    assert inverse(np.zeros((2, 2))) == pytest.approx(np.zeros((2, 2)))
    assert inverse(REGULAR) @ REGULAR == pytest.approx(np.eye(2))
    assert np.isnan(inverse(np.full((2, 2), np.inf))).all()
