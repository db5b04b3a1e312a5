"""The laws to follow under limits: published surfaces, or laws of experts and of precision made surfaces."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.commands._conventions import Convention
from scalecalc.commands._limited_rows import LowPrecision, Mixture
from scalecalc.laws import PublishedLaw, Surface
from scalecalc.problem import Problem
from scalecalc.quantity import Params, Share, significant
from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.commands.optimal import OptimalInputs

OF_EXPERTS = "ludziejewski2025"
OF_PRECISION = "kumar2024"

DENSE_SHARE, FEED_FORWARD_SHARE = 1 / 3, 2 / 3
"""Of a layer's 12 d**2 parameters 4 d**2 are attention, 8 d**2 the feed-forward layer or one expert."""


@dataclass(frozen=True, slots=True)
class Case:
    """A surface under the conditions asked for; `plain` is the same without them, of dense models in full.

    `optimum` names what `plain` makes of a loss. `cost_per_flop` is what a FLOP of 6ND costs in those of the
    budget: bits / 16. One that was not asked for stands beside the answer only.
    """

    read: Convention
    surface: Surface
    plain: Surface
    optimum: str = "training optimum of this loss"
    is_asked: bool = True
    cost_per_flop: float = 1.0
    expansion: float | None = None
    precision: LowPrecision | None = None
    assumptions: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def law(self) -> PublishedLaw:
        """The law with its receipts."""
        return self.read.law

    def plain_to_law(self, params: float) -> float:
        """N of a dense model as given; all of it is active."""
        return params if self.expansion else self.read.counting.to_law(params)

    def plain_params(self, params: float) -> Params:
        """N of a dense model as printed."""
        return Params(params) if self.expansion else self.read.params(params)

    def mixture(self, inputs: "OptimalInputs", params: float) -> Mixture | None:
        """The experts around so many active parameters."""
        if self.expansion is None or inputs.experts is None:
            return None
        return Mixture(
            experts=inputs.experts,
            active_experts=inputs.active or 1,
            expansion=self.expansion,
            active_params=Params(params),
            total_params=Params(params * _total_per_active(self.expansion)),
        )

    def low_precision(self, params: float) -> LowPrecision | None:
        """What few bits leave of so many parameters."""
        if self.precision is None:
            return None
        effective = self.read.params(params * self.precision.params_kept)
        return self.precision.model_copy(update={"effective_params": effective})


def cases(inputs: "OptimalInputs") -> Iterator[Case]:
    """The laws to follow, the leading one first, then those that are shown beside it."""
    if inputs.experts is not None:
        yield _with_experts(inputs, inputs.experts / (inputs.active or 1))
        return
    if inputs.bits is not None:
        yield _with_bits(inputs, inputs.bits)
        return
    leading, *others = inputs.laws()
    surface_of(leading)
    yield _plain(inputs, leading)
    for law in others:
        if "all" not in inputs.law or _is_surface(law):
            yield _plain(inputs, law, leading)
    if not others:
        spread = [law for law in tables.laws().values() if law.spread and law != leading]
        yield from (
            replace(_plain(inputs, law, leading), is_asked=False) for law in filter(_is_surface, spread)
        )


def surface_of(law: PublishedLaw) -> Surface:
    """The law as a loss in parameters and tokens; a Problem for one that only splits budgets."""
    if isinstance(law.law, Surface):
        return law.law
    surfaces = [other.name for other in tables.laws().values() if other.allocates and _is_surface(other)]
    raise Problem(
        "no-surface",
        f"{law.name} splits budgets, but predicts no loss for other sizes, which this needs",
        f"laws that do: {', '.join(surfaces)}",
    )


def _is_surface(law: PublishedLaw) -> bool:
    return isinstance(law.law, Surface)


def _plain(inputs: "OptimalInputs", law: PublishedLaw, leading: PublishedLaw | None = None) -> Case:
    surface = surface_of(law)
    return Case(inputs.convention(law, leading=leading), surface, surface)


def _with_experts(inputs: "OptimalInputs", expansion: float) -> Case:
    from scalecalc.laws.experts import JointExperts

    published = _only(inputs, "--experts", OF_EXPERTS)
    joint = published.law
    assert isinstance(joint, JointExperts)  # noqa: S101 - narrows the type
    surface = joint.at(expansion)
    read = inputs.convention(replace(published, law=surface), total_per_active=_total_per_active(expansion))
    taken = f"{significant(expansion)} as wide as the dense layer of which one does"
    told = (
        f"{inputs.experts} experts of which {inputs.active or 1} see a token are taken as {taken}",
        "of the active parameters a third is attention; the other two thirds are there once for each expert",
    )
    excess = published.ranges.experts.excess(expansion)
    text = f"{significant(expansion)} experts to an active one: the law was fitted on at most 32"
    notes = (Note(code="extrapolation", message=text, level="warning"),) if excess > 1 else ()
    return Case(
        read,
        surface,
        joint.at(1),
        "dense optimum of this loss",
        expansion=expansion,
        assumptions=told,
        notes=notes,
    )


def _with_bits(inputs: "OptimalInputs", bits: float) -> Case:
    from scalecalc.laws.precision import FULL_BITS, Precision

    published = _only(inputs, "--bits", OF_PRECISION)
    law = published.law
    assert isinstance(law, Precision)  # noqa: S101 - narrows the type
    try:
        kept = law.kept(bits, bits, bits)
    except ValueError as error:
        raise Problem("value", f"--bits {bits:g}: {error}", "for example --bits 8") from None
    surface = law.at(bits, bits, bits)
    told = "budget and compute are in FLOPs of 16 bits; serving costs by the bit as training does"
    beyond = published.ranges.bits.excess(bits) > 1
    outside = (Note(code="extrapolation", message=f"{bits:g} bits lie outside its fit", level="warning"),)
    return Case(
        inputs.convention(replace(published, law=surface)),
        surface,
        law.at(),
        "unquantized optimum of this loss",
        cost_per_flop=bits / FULL_BITS,
        precision=LowPrecision(
            bits=bits, params_kept=Share(kept), effective_params=Params(1), best_bits=law.best_bits()
        ),
        assumptions=(told,),
        notes=outside if beyond else (),
    )


def _only(inputs: "OptimalInputs", option: str, name: str) -> PublishedLaw:
    """The one law that knows of the option; another that was asked for by name is a conflict."""
    published = tables.further_laws()[name]
    asked = inputs.law if "law" in inputs.model_fields_set else [name]
    if [each.lower() for each in asked] not in ([name], *([alias] for alias in published.aliases)):
        raise Problem("conflict", f"{option} follows {name}, not {', '.join(asked)[:60]}", "leave --law out")
    return published


def _total_per_active(expansion: float) -> float:
    return DENSE_SHARE + FEED_FORWARD_SHARE * expansion
