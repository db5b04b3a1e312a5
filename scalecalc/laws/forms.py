"""The forms of law that a row can name, and the reading of a law from its form and coefficients."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from math import exp, inf, log
from typing import Any

from scalecalc.laws.allocation import Allocation, LossCurve
from scalecalc.laws.law import Allocator, Law
from scalecalc.laws.row import LARGEST, Row
from scalecalc.laws.surface import Additive, JointPower, KaplanJoint

FORMS: Mapping[str, type[Law]] = {
    law.form: law for law in (Additive, JointPower, KaplanJoint, Allocation, LossCurve)
}
"""Every form that a row can have, by the name it is written with."""


def law_from_row(row: Row) -> Law:
    """Law by its `form` and `coefficients`, any X of which may stand as ln_X, its natural logarithm."""
    law = _built(FORMS[row.choice("form", tuple(FORMS))], row.table("coefficients"))
    if not all(0 <= answer < inf for budget in _SENSIBLE for answer in _answers(law, budget)):
        raise row.wrong("coefficients", "such that sizes and losses are finite for every sensible budget")
    return law


_SENSIBLE = (1.0, 1e60)
"""FLOPs between which any law must answer; every answer is monotone in between."""


def _answers(law: Law, budget: float) -> tuple[float, ...]:
    """Optimal sizes and losses at a budget, infinite where they leave the range of floats."""
    try:
        if isinstance(law, LossCurve):
            return (law.loss(budget),)
        if isinstance(law, Allocator):
            loss = law.optimal_loss(budget)
            return law.optimal(budget) if loss is None else (*law.optimal(budget), loss)
    except ArithmeticError:
        return (inf,)
    return ()


def _built(form: type[Law], row: Row) -> Law:
    """Law of this form from its coefficients; errors name the row."""
    declared = fields(form)  # type: ignore[arg-type]  # every final law is a dataclass
    names = [field.name for field in declared]
    row.refuse_unknown([*names, *(key for key in row.values if key.removeprefix("ln_") in names)])
    for field in declared:
        present = (field.name in row.values) + (f"ln_{field.name}" in row.values)
        if present > 1 or (not present and field.default is MISSING):
            raise ValueError(f"{row.name}: {field.name} must stand there {'only ' * bool(present)}once")
    given = {key.removeprefix("ln_"): _coefficient(row, key) for key in row.values}
    try:
        return form(**given)
    except ValueError as wrong:
        raise ValueError(f"{row.name}: {wrong}") from None


def _coefficient(row: Row, key: str) -> Any:
    """Coefficient as a number (given as X or as ln_X), a companion curve, or a word for the law to check."""
    value = row.values[key]
    if isinstance(value, Mapping):
        return _built(LossCurve, row.table(key))
    if isinstance(value, str):
        return value
    number = row.number(key)
    if not key.startswith("ln_"):
        return number
    if number > log(LARGEST):
        raise row.wrong(key, "the logarithm of a finite number")
    return exp(number)
