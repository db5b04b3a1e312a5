"""Training runs of one's own, held against the published ones: each is predicted from those alone."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scalecalc import tables
from scalecalc.compute.check import Check, Observed, Prediction, observe, predict, summarized
from scalecalc.compute.mistake import Evidence
from scalecalc.compute.plausibility import judge
from scalecalc.compute.training_run import TrainingRun
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import DeviceHours, Params, Quantity, Refused, Tokens, significant

REQUIRED = ("id", "params", "tokens", "hardware", "gpu_hours")
"""Columns that a table of one's own must have; the others of data/training_runs.csv may be there."""

FURTHER = (
    "active_params",
    "n_layers",
    "d_attention",
    "sequence",
    "devices",
    "reported_mfu",
    "left_out",
    "note",
)

_COUNTS: dict[str, type[Quantity]] = {
    "params": Params,
    "active_params": Params,
    "tokens": Tokens,
    "gpu_hours": DeviceHours,
}
"""Columns whose numbers may be written as on the command line, 70B or 1.4T."""

_TAKEN = {
    "year": "2026", "scope": "full", "used": "yes",
    "source": "own", "verification": "own", "unverified": "",
}  # fmt: skip
"""What is taken of a run whose table does not have the column."""


def check_of(path: str) -> Check:
    """The runs of a CSV file, each predicted from the published runs but for one of the same id."""
    runs = _runs(path)
    devices, table = tables.accelerators(), tables.utilizations()
    published = [observe(run, devices, table) for run in tables.training_runs() if run.used]
    predictions: list[Prediction] = []
    left_out: dict[str, str] = {}
    for run in runs:
        reason = _unusable(run)
        if reason is None:
            seen = observe(run, devices, table)
            prediction = predict(seen, _others(published, run))
            if prediction and seen.mfu <= 1:
                predictions.append(prediction)
                continue
            reason = f"no published run of {seen.group}" if prediction is None else _impossible(seen)
        left_out[run.id] = reason
    if not predictions:
        reasons = "; ".join(dict.fromkeys(left_out.values()))
        hint = f"a run has {', '.join(REQUIRED)}"
        raise Problem("no-runs", f"{path}: no run can be predicted: {reasons}", hint, ExitCode.BAD_DATA)
    return summarized(predictions, left_out)


def _others(published: Sequence[Observed], run: TrainingRun) -> list[Observed]:
    return [each for each in published if each.run.id != run.id]


def _impossible(seen: Observed) -> str:
    """Why hours that no device could do the work in are not believed, with the likeliest cause."""
    run = seen.run
    evidence = Evidence(
        params=run.active_params or run.params,
        total_params=run.params,
        tokens=run.tokens,
        gpus=run.devices,
    )
    causes = judge(seen.mfu, evidence).causes
    likely = f", likely cause: {causes[0]}" if causes else ""
    return f"its hours imply {significant(seen.mfu, 3)} times the peak{likely}"


def _unusable(run: TrainingRun) -> str | None:
    if not run.used:
        return run.left_out or "marked as not used"
    missing = {"no tokens": run.tokens, "no parameters": run.params, "no hours": run.gpu_hours}
    return next((reason for reason, value in missing.items() if value is None), None)


def _runs(path: str) -> list[TrainingRun]:
    """The rows of the file; what cannot be read is a Problem that names the file and the row."""
    try:
        rows = list(csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8-sig"))))
        _refuse_other_columns(rows)
        runs = [TrainingRun.from_row(_complete(row)) for row in rows]
    except (OSError, ValueError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        hint = f"a CSV file with the columns {', '.join(REQUIRED)}, as data/training_runs.csv has them"
        raise Problem("run-file", f"{path}: {reason}", hint, ExitCode.BAD_DATA) from error
    return [replace(run, hardware=_accelerator(path, run)) for run in runs]


def _accelerator(path: str, run: TrainingRun) -> str:
    try:
        return tables.accelerator(run.hardware).id
    except Problem as problem:
        text = f"{path}: {run.id}: {problem.message}"
        raise Problem(problem.code, text, problem.hint, ExitCode.BAD_DATA) from problem


def _refuse_other_columns(rows: Sequence[Mapping[str, str]]) -> None:
    if not rows:
        raise ValueError("the file has no rows")
    missing = [column for column in REQUIRED if column not in rows[0]]
    if missing:
        raise ValueError(f"the file has no column {', '.join(missing)}")


def _complete(row: Mapping[str, str]) -> dict[str, str]:
    given = {column: text.strip() for column, text in row.items() if column and isinstance(text, str)}
    given = {column: text for column, text in given.items() if text}
    numbers = {column: _number(column, given) for column in _COUNTS if column in given}
    empty = dict.fromkeys((*REQUIRED, *FURTHER), "")
    taken = {**empty, "name": given.get("id", ""), **_TAKEN, "kind": _kind(numbers)}
    return {**taken, **given, **{column: repr(number) for column, number in numbers.items()}}


def _kind(numbers: Mapping[str, float]) -> str:
    """A mixture where fewer parameters are active than there are."""
    params = numbers.get("params", 0.0)
    return "moe" if numbers.get("active_params", params) < params else "dense"


def _number(column: str, row: Mapping[str, str]) -> float:
    """The number of a cell, which may have a suffix."""
    try:
        return float(_COUNTS[column].parse(row[column]))
    except Refused as refusal:
        raise ValueError(f"{row.get('id', 'unnamed')}: {column}: {refusal}; {refusal.hint}") from refusal
