"""Reads a table of training runs: CSV, JSON Lines, Parquet, standard input, or a bundled table by name.

Columns are found by their common names, values use the number grammar, and what is wrong is told with
file, line, column and remedy.
"""

from scalecalc.run_table.read import read_runs as read_runs
from scalecalc.run_table.table import RunTable as RunTable
