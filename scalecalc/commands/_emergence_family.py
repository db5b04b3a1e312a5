"""Models of growing compute or size with the loss that a law, or a power law of one's own, gives each."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from scalecalc import tables
from scalecalc.commands._laws import law_assumptions, law_notes, law_source
from scalecalc.laws import PublishedLaw, Surface
from scalecalc.laws.allocation import LossCurve
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Quantity
from scalecalc.result import Note
from scalecalc.training.emergence import AnswerLoss, PowerLoss, reached_at

if TYPE_CHECKING:
    from scalecalc.commands.emergence import EmergenceInputs

SEARCHED = {"flops": (1e6, 1e60), "params": (1e2, 1e40)}
"""Scales between which a threshold is looked for."""

NATS = "nats/token"


class Split(NamedTuple):
    """What a scale is spent on; None where the law does not say."""

    params: float | None
    tokens: float | None


@dataclass(frozen=True, slots=True)
class Family:
    """How the loss falls along `variable` (flops or params), and with it that on an answer.

    `loss` and `split` take a scale.
    """

    variable: str
    loss: Callable[[float], float]
    split: Callable[[float], Split]
    answer: AnswerLoss
    assumptions: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    sources: tuple[str, ...] = ()

    def answer_loss(self, scale: float) -> float:
        """Loss on the answer's tokens at a scale."""
        return self.answer(self.loss(scale))

    def reached_at(self, answer_loss: float) -> Quantity | None:
        """The compute or size at which the loss on the answer comes down to this, if ever."""
        scale = reached_at(self.answer_loss, answer_loss, *SEARCHED[self.variable])
        return None if scale is None else self.quantity(scale)

    def quantity(self, scale: float) -> Quantity:
        """A scale as compute or as a size."""
        return Flops(scale) if self.variable == "flops" else Params(scale)


def family_of(inputs: "EmergenceInputs") -> Family:
    """The family that the inputs describe."""
    if inputs.exponent is not None:
        return _by_power(inputs)
    law = tables.law(inputs.law)
    if law.loss_unit != NATS:
        message = f"{law.name} gives losses in {law.loss_unit}, and exp(-loss) asks for nats per token"
        raise Problem("loss-unit", message, f"take another law, e.g. --law {tables.DEFAULT_LAW}")
    loss, split = _by_law(inputs, law)
    entropy: float = getattr(law.law, "E", 0.0)
    worst = max(inputs.scales, key=law.ranges.flops.excess) if inputs.variable == "flops" else None
    return Family(
        variable=inputs.variable,
        loss=loss,
        split=split,
        answer=AnswerLoss(entropy, inputs.floor, inputs.difficulty),
        assumptions=(*law_assumptions(law), _split_told(inputs, law), _answer_told(inputs, law, entropy)),
        notes=law_notes(law, worst),
        sources=(law_source(law),),
    )


def _by_power(inputs: "EmergenceInputs") -> Family:
    loss = PowerLoss(inputs.exponent or 0.0, float(inputs.one_nat_at or 0.0))
    in_flops = inputs.variable == "flops"
    unit = "FLOPs" if in_flops else "parameters"
    letter, at = ("C", Flops(loss.one_nat_at)) if in_flops else ("N", Params(loss.one_nat_at))
    return Family(
        variable=inputs.variable,
        loss=loss,
        split=(lambda _: Split(None, None)) if in_flops else (lambda scale: Split(scale, None)),
        answer=AnswerLoss(0.0, inputs.floor, inputs.difficulty),
        assumptions=(f"loss on the answer ({letter} / {at} {unit})^-{loss.exponent:g}, in nats per token",),
    )


def _by_law(
    inputs: "EmergenceInputs", law: PublishedLaw
) -> tuple[Callable[[float], float], Callable[[float], Split]]:
    """Loss and split by scale, as the law has them."""
    rule = law.law
    fixed = inputs.tokens is not None or inputs.tokens_per_param is not None
    if isinstance(rule, LossCurve) and rule.of == inputs.variable and not fixed:
        is_size = inputs.variable == "params"
        return rule.loss, lambda scale: Split(scale if is_size else None, None)
    if not isinstance(rule, Surface):
        message = f"{law.name} predicts no loss along {inputs.variable}: {rule.formula}"
        raise Problem("no-loss", message, f"take a law of N and D, e.g. --law {tables.DEFAULT_LAW}")
    if inputs.variable == "flops" and not fixed and not law.allocates:
        message = f"{law.name} does not say how to split a budget"
        raise Problem("no-allocation", message, "fix the split: --tokens-per-param 20")
    surface = rule

    def split(scale: float) -> tuple[float, float]:
        return _params_and_tokens(inputs, surface, scale)

    return lambda scale: surface.loss(*split(scale)), lambda scale: Split(*split(scale))


def _params_and_tokens(inputs: "EmergenceInputs", surface: Surface, scale: float) -> tuple[float, float]:
    ratio, tokens = inputs.tokens_per_param, inputs.tokens
    if inputs.variable == "params":
        return scale, float(tokens or (ratio * scale if ratio else surface.terms.tokens_at(scale)))
    if tokens:
        return scale / (6 * tokens), float(tokens)
    if ratio:
        params = sqrt(scale / (6 * ratio))
        return params, ratio * params
    return surface.optimal(scale)


def too_small(family: Family, scale: float) -> Problem:
    """The problem that a scale leaves less than a whole parameter or token."""
    unit = "FLOPs" if family.variable == "flops" else "parameters"
    message = f"{family.quantity(scale)} {unit} leave less than one parameter or token"
    hint = "laws of language models begin near 1e16 FLOPs and 1M parameters"
    return Problem("tiny-budget", message, hint, ExitCode.NO_ANSWER)


def endless(family: Family, scale: float) -> Problem:
    """The problem that no float holds the loss at a scale."""
    message = f"the loss at {family.quantity(scale)} is larger than any number"
    return Problem("value", message, "begin nearer to --one-nat-at, or with a smaller exponent")


def _split_told(inputs: "EmergenceInputs", law: PublishedLaw) -> str:
    if inputs.tokens is not None:
        return f"every model is trained on {inputs.tokens} tokens"
    if inputs.tokens_per_param is not None:
        return f"every model is trained on {inputs.tokens_per_param} tokens per parameter"
    if isinstance(law.law, LossCurve):
        return f"the loss follows {inputs.variable} alone: {law.law.formula}"
    if inputs.variable == "flops":
        return f"each budget is split as {law.name} finds best"
    return f"each size is trained on the tokens for which {law.name} finds it best"


def _answer_told(inputs: "EmergenceInputs", law: PublishedLaw, entropy: float) -> str:
    times = "" if inputs.difficulty == 1 else f"{inputs.difficulty:g} x "
    plus = f"{inputs.floor:g} + " if inputs.floor else ""
    if not entropy:
        return f"loss on the answer = {plus}{times}loss"
    text = f"loss on the answer = {plus}{times}(loss - {entropy:.4g})"
    return f"{text}: {entropy:.4g} is the entropy of {law.corpus or 'the text'}, that of an answer is --floor"
