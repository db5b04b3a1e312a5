"""A table of training runs as an input, shared by the commands that read one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from scalecalc.result import Completes, Inputs, Positional

if TYPE_CHECKING:
    from scalecalc.run_table import RunTable


class TableOptions(Inputs):
    """Which of a table's columns is which, and which of its rows count."""

    columns: str | None = Field(
        None, description="Which column is which where the names do not say it, e.g. params=n_total,loss=val."
    )
    where: list[str] = Field(
        [],
        description="Keep only rows that meet this, e.g. 'flops<1e22' or split=validation; repeat to narrow.",
    )
    keep_outliers: bool = Field(
        False, description="Keep the rows that a bundled table leaves out by default."
    )

    def table_of(self, source: str, also: Iterable[str] = ()) -> tuple["RunTable", tuple[str, ...]]:
        """The runs of a source, and remarks on what was left out or derived; `also` are more columns."""
        from scalecalc.run_table import read_runs
        from scalecalc.run_table.columns import chosen_columns

        return read_runs(
            source,
            columns=chosen_columns(self.columns),
            where=self.where,
            keep_outliers=self.keep_outliers,
            also=also,
        )


class RunsTable(TableOptions):
    """The table, which of its columns is which, and which of its rows count."""

    runs: Annotated[str, Positional(), Completes("runs")] = Field(
        description="A CSV, JSON Lines or Parquet file of runs, - for standard input, or a bundled table: "
        "chinchilla, llama3, gpt3, pile."
    )
