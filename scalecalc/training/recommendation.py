"""What published laws say of a run, side by side and never averaged, and where they disagree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from scalecalc.laws.arithmetic import require_positive
from scalecalc.training.hyperparameters import QUANTITIES, HyperparameterLaw
from scalecalc.training.run import TrainingRun

FEWEST_STEPS = 5_000
"""With fewer steps, warm-up and decay take a large share of the run."""

DISAGREEMENT = 2.0
"""Factor between the least and the greatest answer from which the laws are said to disagree."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What one law says of a run, and how far beyond its fitted range that is (1 inside, by variable)."""

    law: HyperparameterLaw
    params: float
    learning_rate: float | None
    batch_tokens: float | None
    critical_batch_tokens: float | None
    adamw_timescale: float | None
    steps: float | None
    warmup_steps: float | None
    beyond: Mapping[str, float]


@final
@dataclass(frozen=True, slots=True)
class Disagreement:
    """The least and the greatest answer of several laws, with the law of each."""

    quantity: str
    low: float
    low_law: str
    high: float
    high_law: str

    @property
    def factor(self) -> float:
        """The greatest over the least."""
        return self.high / self.low


def recommend(run: TrainingRun, laws: Iterable[HyperparameterLaw]) -> tuple[Recommendation, ...]:
    """What each applicable law says of the run, in their order."""
    return tuple(_recommendation(run, law) for law in laws if law.applies(run))


def disagreements(
    recommendations: Iterable[Recommendation], factor: float = DISAGREEMENT
) -> tuple[Disagreement, ...]:
    """Quantities on which the laws are more than `factor` apart."""
    given = tuple(recommendations)
    found = []
    for quantity in QUANTITIES:
        answers = [(value, each.law.name) for each in given if (value := getattr(each, quantity)) is not None]
        if answers and max(answers)[0] > factor * min(answers)[0]:
            found.append(Disagreement(quantity, *min(answers), *max(answers)))
    return tuple(found)


def too_few_steps(
    recommendations: Iterable[Recommendation], fewest: float = FEWEST_STEPS
) -> tuple[Recommendation, ...]:
    """Those whose batch size leaves fewer steps than these."""
    return tuple(each for each in recommendations if each.steps is not None and each.steps < fewest)


def weight_decay_for(timescale: float, batch_tokens: float, learning_rate: float, tokens: float) -> float:
    """Weight decay with which AdamW averages over this share of the run: B / (timescale * rate * D).

    Bergsma et al. 2025 (arXiv 2505.13738), whose law gives the best timescale.
    """
    for name, value in (("timescale", timescale), ("learning_rate", learning_rate), ("tokens", tokens)):
        require_positive(name, value)
    return batch_tokens / (timescale * learning_rate * tokens)


def _recommendation(run: TrainingRun, law: HyperparameterLaw) -> Recommendation:
    known = run.known(law.counts)
    values = {name: rule.value(known) for name, rule in law.rules.items()}
    batch = values.get("batch_tokens", law.settings.batch_tokens)
    fitted = {name: getattr(law.ranges, name) for name in known if name != "loss"}
    return Recommendation(
        law=law,
        params=known["params"],
        learning_rate=values.get("learning_rate"),
        batch_tokens=values.get("batch_tokens"),
        critical_batch_tokens=values.get("critical_batch_tokens"),
        adamw_timescale=values.get("adamw_timescale"),
        steps=None if batch is None else run.tokens / batch,
        warmup_steps=law.settings.warmup_steps,
        beyond={name: each.excess(known[name]) for name, each in fitted.items() if each.low or each.high},
    )
