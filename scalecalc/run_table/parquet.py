"""Cells of Parquet files, through polars, which comes with the extra `tables`."""

import hashlib
from pathlib import Path

import numpy as np

from scalecalc.run_table.cells import Cells, Column, bad
from scalecalc.run_table.json_lines import text_of


def parquet_cells(path: str) -> Cells:
    """The cells of a Parquet file; rows are numbered from 1, for there are no lines."""
    try:
        import polars as pl
    except ModuleNotFoundError:
        hint = "pip install 'scalecalc[tables]', or save the table as CSV"
        raise bad(path, None, "Parquet files need the extra `tables`", hint) from None
    try:
        fingerprint = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        frame = pl.read_parquet(path, glob=False)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        message = f"cannot be read: {reason.splitlines()[0][:200]}"
        raise bad(path, None, message, "name a Parquet file, or save the table as CSV") from error
    if not frame.height:
        raise bad(path, None, "no rows", "add one row per run")
    columns: dict[str, Column] = {name: _column(frame[name]) for name in frame.columns}
    return Cells(path, columns, range(1, frame.height + 1), fingerprint)


def _column(series: object) -> Column:
    """Numbers where a column holds nothing but finite ones, text where it does not."""
    values = series.to_list()  # type: ignore[attr-defined]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        numbers = np.array(values, dtype=np.float64)
        if np.isfinite(numbers).all():
            return numbers
    return [text_of(value) for value in values]
