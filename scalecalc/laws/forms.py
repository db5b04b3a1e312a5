"""The forms of law that a row can name, and the reading of a law from its form and coefficients."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from math import exp, inf, log
from typing import Any

from scalecalc.laws.allocation import LossCurve
from scalecalc.laws.law import Allocator, Law
from scalecalc.laws.row import LARGEST, Row

FORMS: Mapping[str, str] = {
    "additive": "surface.Additive",
    "joint-power": "surface.JointPower",
    "kaplan-joint": "surface.KaplanJoint",
    "allocation": "allocation.Allocation",
    "curve": "allocation.LossCurve",
    "repeated": "repetition.Repeated",
    "routed-experts": "experts.RoutedExperts",
    "joint-experts": "experts.JointExperts",
    "fine-grained": "experts.FineGrained",
    "sparse-experts": "sparsity.SparseExperts",
    "sparse-surface": "sparsity.SparseSurface",
    "precision": "precision.Precision",
    "vocabulary-power": "vocabulary.VocabularyPower",
    "vocabulary-surface": "vocabulary.VocabularySurface",
    "compression": "vocabulary.Compression",
    "transfer": "transfer.Transfer",
    "error": "downstream.ErrorLaw",
    "sigmoid": "downstream.Sigmoid",
    "two-step": "downstream.TwoStep",
}
"""Every form that a row can have, with the module and class that hold it; loaded when a row asks for them."""


def law_form(name: str) -> type[Law]:
    """Class of laws of this form, one of `FORMS`."""
    module, _, law = FORMS[name].partition(".")
    form: type[Law] = getattr(import_module(f"scalecalc.laws.{module}"), law)
    return form


def law_from_row(row: Row) -> Law:
    """Law by its `form` and `coefficients`, any X of which may stand as ln_X, its natural logarithm."""
    law = _built(law_form(row.choice("form", tuple(FORMS))), row.table("coefficients"))
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
    except (ArithmeticError, ValueError):
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
