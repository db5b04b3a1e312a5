"""Sampled tokens with their log-probabilities and rewards, from words or from a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import shown
from scalecalc.training.reward import grouped

ALIASES = {
    "policy": (
        *("policy_logprob", "policy_logprobs", "policy_logp", "logprob", "logprobs", "logp", "log_prob"),
        *("actor", "new_logprob", "pi"),
    ),
    "reference": (
        *("ref", "ref_logprob", "ref_logprobs", "ref_logp", "reference_logprob", "reference_logprobs"),
        *("reference_logp", "ref_log_prob", "sft", "initial"),
    ),
    "sequence": ("sequence_id", "seq", "seq_id", "sample", "sample_id", "response", "episode", "id"),
    "reward": ("rewards", "score", "scores"),
}
"""What is read from a table, each with the names it also goes by."""

ABOVE_ZERO = 1e-6
"""What rounding may leave of the logarithm of a probability of 1."""

LARGEST_LOG_RATIO = 709.0
"""Beyond it e to the difference of two log-probabilities is beyond floats."""

MOST_ROWS = 1_000_000

HOLDS = "its columns are policy, reference and, where there are several, sequence and reward"


@dataclass(frozen=True, slots=True)
class Samples:
    """n tokens that were sampled from the policy: log-probabilities [n], a label for the sequence of each.

    `rewards` holds one for each sequence, in the order in which sequences appear; None where none are given.
    """

    policy: Sequence[float]
    reference: Sequence[float]
    places: Mapping[str, list[int]]
    rewards: Sequence[float] | None
    are_sequences: bool


def samples_of_words(policy: str, reference: str, reward: float | None) -> Samples:
    """The tokens of one sequence from two lists of numbers."""
    read = {side: _numbers(text, side) for side, text in (("policy", policy), ("reference", reference))}
    sizes = {side: len(values) for side, values in read.items()}
    if sizes["policy"] != sizes["reference"]:
        message = f"--policy has {sizes['policy']} log-probabilities and --reference {sizes['reference']}"
        raise Problem("value", message, "give both for the same tokens")
    for side, values in read.items():
        for value in values:
            if _is_wrong(value):
                raise Problem("value", f"--{side}: {value:g} {_wrong(value)}", _remedy(value))
    places = {"1": list(range(sizes["policy"]))}
    rewards = None if reward is None else (reward,)
    _refuse_unlike(read["policy"], read["reference"])
    return Samples(read["policy"], read["reference"], places, rewards, are_sequences=False)


def samples_of_file(file: str, columns: str | None, *, row_per_sequence: bool) -> Samples:
    """The tokens of a table; a row that holds no log-probability is told with its line."""
    from scalecalc.commands._information_table import (
        cells_of_file,
        chosen_names,
        found_columns,
        numbers_of,
        texts_of,
    )
    from scalecalc.run_table.cells import bad

    cells = cells_of_file(file, HOLDS)
    found = found_columns(cells, chosen_names(columns, tuple(ALIASES)), ALIASES, ("policy", "reference"))
    if len(cells) > MOST_ROWS:
        raise bad(cells.name, cells.lines[MOST_ROWS], f"more than {MOST_ROWS} rows", "split the table")
    read: dict[str, list[float]] = {}
    for side in ("policy", "reference"):
        read[side] = [value or 0.0 for value in numbers_of(cells, found[side])]
        for line, value in zip(cells.lines, read[side], strict=True):
            if _is_wrong(value):
                message = f"column {found[side]}: {value:g} {_wrong(value)}"
                raise bad(cells.name, line, message, _remedy(value))
    _refuse_unlike(read["policy"], read["reference"])
    if row_per_sequence:
        labels = [str(row + 1) for row in range(len(cells))]
    elif "sequence" in found:
        labels = [text.strip() for text in texts_of(cells, found["sequence"])]
    else:
        labels = ["1"] * len(cells)
    places = grouped(labels)
    rewards = None
    if "reward" in found:
        per_row = numbers_of(cells, found["reward"], gaps=True)
        rewards = [_reward(cells.name, cells.lines, per_row, label, rows) for label, rows in places.items()]
    return Samples(read["policy"], read["reference"], places, rewards, are_sequences=row_per_sequence)


def _reward(
    name: str, lines: Sequence[int], per_row: Sequence[float | None], label: str, rows: Sequence[int]
) -> float:
    """The one reward of a sequence: in one of its rows, or the same in several."""
    from scalecalc.run_table.cells import bad

    given = [(row, value) for row in rows if (value := per_row[row]) is not None]
    if not given:
        message = f"sequence {shown(label)} has no reward"
        raise bad(name, lines[rows[0]], message, "give it in one row of the sequence")
    first = given[0][1]
    other = next(((row, value) for row, value in given if value != first), None)
    if other is not None:
        message = f"sequence {shown(label)} has two rewards, {first:g} and {other[1]:g}"
        hint = (
            "leave the other cells empty; a column `sequence`, or --row-per-sequence, tells sequences apart"
        )
        raise bad(name, lines[other[0]], message, hint)
    return first


def _refuse_unlike(policy: Sequence[float], reference: Sequence[float]) -> None:
    """Refuse a row whose r = reference / policy no float holds."""
    for mine, other in zip(policy, reference, strict=True):
        if other - mine > LARGEST_LOG_RATIO:
            text = f"the reference has {other:g} where the policy has {mine:g}: their ratio is beyond floats"
            hint = "samples are from the policy, which makes them likely by it: are the two swapped?"
            raise Problem("value", text, hint, ExitCode.NO_ANSWER)


def _numbers(text: str, side: str) -> list[float]:
    try:
        return [float(part) for part in text.strip().strip("[]").split(",")]
    except ValueError:
        hint = f"write log-probabilities with commas between them: --{side} -0.5,-1.2,-0.1"
        raise Problem("value", f"--{side}: {shown(text)} is no list of numbers", hint) from None


def _is_wrong(value: float) -> bool:
    return not float("-inf") < value <= ABOVE_ZERO


def _wrong(value: float) -> str:
    return "is no log-probability: it is above 0" if value > ABOVE_ZERO else "is not finite"


def _remedy(value: float) -> str:
    if value > ABOVE_ZERO:
        return "give natural logarithms of probabilities; -0.693 stands for one half"
    return "a sampled token has a probability above 0 by both, or the divergence is infinite"
