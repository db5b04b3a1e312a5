"""Stacks of small linear systems of which some may be singular."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def solved(matrices: Array, right: Array) -> Array:
    """Solutions [..., k] of symmetric matrices [..., k, k] and right-hand sides [..., k].

    A singular matrix gives the shortest least-squares solution, one that is not finite gives NaN; neither
    touches the other systems.
    """
    try:
        return np.asarray(np.linalg.solve(matrices, right[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        size = matrices.shape[-1]
        pairs = zip(matrices.reshape(-1, size, size), right.reshape(-1, size), strict=True)
        return np.array([_solved_alone(*pair) for pair in pairs]).reshape(right.shape)


def _solved_alone(matrix: Array, right: Array) -> Array:
    if not (np.isfinite(matrix).all() and np.isfinite(right).all()):
        return np.full(right.shape, np.nan)
    try:
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return inverse(matrix) @ right


def inverse(matrix: Array) -> Array:
    """Inverse of a symmetric matrix; of its well-determined part when it is singular, NaN if not finite."""
    if not np.isfinite(matrix).all():
        return np.full(matrix.shape, np.nan)
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(matrix, hermitian=True), dtype=np.float64)
