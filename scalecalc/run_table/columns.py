"""Which column of a table is which: by its common names, or as the user says."""

import re
from collections.abc import Mapping

from scalecalc.problem import Problem
from scalecalc.run_table.cells import bad, cut

ALIASES: dict[str, tuple[str, ...]] = {
    "params": ("n", "model_size", "n_params", "num_params", "parameters", "param_count", "n_total", "size"),
    "tokens": ("d", "n_tokens", "num_tokens", "training_tokens", "train_tokens", "tokens_seen", "data"),
    "flops": ("c", "compute", "total_flops", "training_flops", "train_flops", "training_compute", "flop"),
    "loss": (
        *("l", "val_loss", "validation_loss", "eval_loss", "test_loss", "final_loss", "nll", "cross_entropy"),
        *("raw_loss", "loss_nats", "train_loss", "training_loss", "loss_val", "val_nll"),
    ),
    "run": ("run_id", "run_name", "run_group"),
    "weight": ("weights", "sample_weight"),
    "loss_std": ("loss_sd", "loss_stderr", "loss_se", "loss_sigma", "std"),
    "loss_unit": ("unit",),
}
"""What is read from a table, each with the names it also goes by; case, spaces and hyphens do not matter."""


def found(name: str, header: list[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The column of `header` for each quantity that the table has, those `chosen` by the user first."""
    for quantity, column in chosen.items():
        if column not in header:
            hint = f"the table has {_listed(header)}"
            raise bad(name, None, f"no column is called {cut(column)} for {quantity}", hint)
    columns = dict(chosen)
    free = {column: plain(column) for column in header if column not in chosen.values()}
    for quantity, aliases in ALIASES.items():
        if quantity in columns:
            continue
        exact = [column for column, key in free.items() if key == quantity]
        matches = exact or [column for column, key in free.items() if key in aliases]
        if len(matches) > 1:
            hint = f"say which: --columns {quantity}={matches[0]}"
            raise bad(name, None, f"{' and '.join(matches)} may both be the {quantity}", hint)
        if matches:
            columns[quantity] = matches[0]
    return columns


def _listed(header: list[str]) -> str:
    """The names of the columns, the first twenty of them."""
    return ", ".join(header[:20]) + (f" and {len(header) - 20} more" if len(header) > 20 else "")


def plain(column: str) -> str:
    """A column name as it is compared."""
    return re.sub(r"[\s\-.]+", "_", column.strip().lower())


def chosen_columns(text: str | None) -> dict[str, str]:
    """What `--columns params=n_total,loss=val` says; a Problem names what is not of that form.

    >>> chosen_columns("params=n_total,loss=val")
    {'params': 'n_total', 'loss': 'val'}
    """
    chosen: dict[str, str] = {}
    for part in (text or "").split(","):
        quantity, sign, column = (piece.strip() for piece in part.partition("="))
        if not part.strip():
            continue
        if not sign or not column or quantity not in ALIASES:
            raise Problem(
                "value",
                f"--columns: {part.strip()[:40]!r} names no column",
                f"write NAME=COLUMN for any of {', '.join(ALIASES)}",
            )
        chosen[quantity] = column
    return chosen
