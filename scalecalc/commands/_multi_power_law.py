"""The multi-power law that `schedule loss` follows: a published demonstration, or a law fitted by `fit`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scalecalc import tables
from scalecalc.problem import ExitCode, Problem
from scalecalc.training.multi_power import FORM, MultiPowerLaw

TABLE = "multi_power.csv"

DEFAULT = "luo2025-400m"

CONSTANTS = ("L0", "A", "alpha", "B", "C", "beta", "gamma")

HINT = "save one with `scalecalc fit CURVES --form multi-power --save law.json`"


@dataclass(frozen=True, slots=True)
class LossLaw:
    """A law of loss curves with the peaks and lengths of its runs; published ones are demonstrations."""

    name: str
    law: MultiPowerLaw
    peaks: tuple[float, float]
    lengths: tuple[float, float]
    loss_unit: str
    source: str
    is_demonstration: bool
    warmup: int | None = None


def loss_law(name: str) -> LossLaw:
    """The law of that name, or the one that a file ending in .json holds."""
    if name.lower().endswith(".json"):
        return _of_file(Path(name))
    known = {row["name"]: row for row in tables.records(TABLE)}
    row = known.get(name.strip().lower())
    if row is None:
        raise tables.unknown("multi-power-law", name, known, f"there are {', '.join(known)}; {HINT}")
    peak = float(row["peak_lr"])
    return LossLaw(
        name=row["name"],
        law=MultiPowerLaw(**{each: float(row[each.lower()]) for each in CONSTANTS}),
        peaks=(peak, peak),
        lengths=(float(row["shortest"]), float(row["longest"])),
        loss_unit="nats/token",
        source=f"{row['name']}: {row['source']}",
        is_demonstration=True,
        warmup=int(row["warmup_steps"]),
    )


def _of_file(path: Path) -> LossLaw:
    try:
        document = _document(path)
        return LossLaw(
            name=path.name,
            law=MultiPowerLaw.from_row("coefficients", document.get("coefficients", {})),
            peaks=_range(document, "peak_lr"),
            lengths=_range(document, "steps"),
            loss_unit=str(document.get("loss_unit", "nats/token")),
            source=f"{path.name}: {document.get('title', 'without a title')}",
            is_demonstration=False,
        )
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Problem("law-file", f"{path}: {reason}", HINT, ExitCode.BAD_DATA) from error


def _document(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or document.get("form") != FORM:
        raise ValueError(f"the file holds no law of the form {FORM}")
    return document


def _range(document: dict[str, Any], name: str) -> tuple[float, float]:
    """What its runs span; anything where the file does not say it."""
    span = document.get("ranges", {}).get(name)
    if span is None:
        return 0.0, float("inf")
    low, high = float(span["low"]), float(span["high"])
    if not 0 <= low <= high or high == 0:
        raise ValueError(f"the range of {name} is {low:g} to {high:g}")
    return low, high
