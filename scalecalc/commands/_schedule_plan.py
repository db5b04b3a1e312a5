"""What a schedule is made for: peak, steps and batch as given, or by a law of hyperparameters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.commands._count import params_of
from scalecalc.commands._schedule_lengths import MOST_STEPS, length
from scalecalc.commands._schedule_options import ScheduleOptions
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import significant
from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.training.recommendation import Recommendation
    from scalecalc.training.run import TrainingRun

DEFAULT_LAW = "steplaw2025"
"""The law of rate and batch where none is named: fitted on the most runs, for dense models and AdamW."""

USUAL_WARMUP = 0.01
"""Share of the run where neither the user nor the law says it."""

LONGEST_WARMUP = 0.5
"""Share of the run from which the warm-up of a law, which is for longer runs, is not taken over."""

SAME = 0.005
"""Relative difference below which tokens are steps times batch, given all three."""

EXAMPLE = "for example --peak-lr 3e-4 --steps 100k, or --params 7B --tokens 2T"


@dataclass(frozen=True, slots=True)
class Plan:
    """The figures of the run, whose law gave them, and what its reader must know."""

    peak: float
    steps: int
    warmup: int
    batch: float | None = None
    law: str | None = None
    told: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def tokens(self) -> float | None:
        """Tokens of all steps."""
        return None if self.batch is None else self.batch * self.steps


def plan_of(options: ScheduleOptions, law: str | None = None) -> Plan:
    """The plan that the options ask for; a Problem where they do not make one."""
    advice = _advice(options, law)
    batch = float(options.batch) if options.batch else _batch_of(options, advice)
    steps = _steps(options, batch)
    if batch is None and options.tokens:
        batch = options.tokens / steps
    peak = options.peak_lr or (advice.learning_rate if advice else None)
    if peak is None:
        raise Problem("no-question", "no peak learning rate is given", EXAMPLE)
    warmup, known = _warmup(options, advice, steps, batch)
    if not warmup < steps:
        hint = f"the warm-up is shorter than the run, e.g. --warmup {max(1, steps // 100)}"
        raise Problem("value", f"--warmup: {warmup} of {steps} steps leave none after it", hint)
    told, notes, sources = _account(options, advice) if advice else ((), (), ())
    return Plan(
        peak=peak,
        steps=steps,
        warmup=warmup,
        batch=batch,
        law=advice.law.name if advice else None,
        told=(*told, *known),
        notes=notes,
        sources=sources,
    )


def _advice(options: ScheduleOptions, named: str | None) -> "Recommendation | None":
    """What the law says of the run, where a size is given."""
    sized = options.params is not None or options.model is not None
    if not sized:
        if named is not None:
            raise Problem("no-question", f"--law {named} needs a model size", "add --params and --tokens")
        return None
    from scalecalc.training.recommendation import recommend

    law = tables.hyperparameter_law(named or DEFAULT_LAW)
    found = recommend(_run(options), (law,))
    if not found or found[0].learning_rate is None:
        gives = "no learning rate" if found else "nothing that makes sense for this run"
        hint = "name another; `scalecalc hyperparameters` tells what each law gives"
        raise Problem("no-law", f"{law.name} gives {gives}", hint, ExitCode.NO_ANSWER)
    return found[0]


def _run(options: ScheduleOptions) -> "TrainingRun":
    from scalecalc.training.run import TrainingRun

    if options.params is not None and options.model is not None:
        raise Problem("conflict", "--params and --model are two sizes", "give one of them")
    tokens = float(options.tokens) if options.tokens else None
    if tokens is None and options.steps and options.batch:
        tokens = options.steps * options.batch
    if options.model is None:
        if tokens is None:
            raise Problem("no-question", "--params without --tokens is no run", EXAMPLE)
        return TrainingRun.of(float(options.params or 0), tokens)
    model = tables.model(options.model)
    tokens = tokens or model.tokens
    if tokens is None:
        raise Problem("no-tokens", f"the tokens of {model.id} are undisclosed", "add --tokens")
    counts = ("total", "non-embedding", "with-head")
    total, inner, with_head = (params_of(model, count)[0] for count in counts)
    return TrainingRun(total=total, non_embedding=inner, with_head=with_head, tokens=tokens)


def _batch_of(options: ScheduleOptions, advice: "Recommendation | None") -> float | None:
    """The law's batch; none where steps and tokens make one."""
    if advice is None or options.steps:
        return None
    return advice.batch_tokens or advice.law.settings.batch_tokens


def _steps(options: ScheduleOptions, batch: float | None) -> int:
    tokens = options.tokens
    if options.model is not None and tokens is None and batch:
        tokens = tables.model(options.model).tokens  # type: ignore[assignment]  # there, or `_run` refused
    if options.steps:
        off = abs(options.steps * batch / tokens - 1) if tokens and batch else 0.0
        if off > SAME:
            message = f"--steps {options.steps} of --batch are not the --tokens"
            raise Problem("conflict", message, "leave out one of --steps, --batch and --tokens")
        return int(options.steps)
    if tokens is None:
        raise Problem("no-question", "no length of the run is given", EXAMPLE)
    if batch is None:
        hint = "add --batch or --steps, or a law that gives a batch"
        raise Problem("no-question", "--tokens make no steps without a batch size", hint)
    steps = round(tokens / batch)
    if not 1 <= steps <= MOST_STEPS:
        message = (
            f"{significant(tokens)} tokens make {significant(tokens / batch)} steps of {significant(batch)}"
        )
        raise Problem("value", message, "a schedule has 1 to 1e9 steps")
    return steps


def _warmup(
    options: ScheduleOptions, advice: "Recommendation | None", steps: int, batch: float | None
) -> tuple[int, tuple[str, ...]]:
    """Steps of the warm-up, and where they come from if nobody gave them."""
    if options.warmup is not None:
        return length("--warmup", options.warmup, steps, batch), ()
    of_law = advice.warmup_steps if advice else None
    if advice and of_law and of_law < LONGEST_WARMUP * steps:
        return round(of_law), (f"warm-up: {round(of_law)} steps, as in the runs behind {advice.law.name}",)
    return round(USUAL_WARMUP * steps), ("warm-up: 1 % of the steps, for want of a published figure",)


def _account(
    options: ScheduleOptions, advice: "Recommendation"
) -> tuple[tuple[str, ...], tuple[Note, ...], tuple[str, ...]]:
    """What comes from the law, for which schedule its peak was found, and how far off the run is."""
    law, settings = advice.law, advice.law.settings
    taken = (
        [] if options.peak_lr else [f"peak learning rate by {law.name}: {law.rules['learning_rate'].formula}"]
    )
    if not (options.batch or options.steps):
        rule = law.rules.get("batch_tokens")
        taken.append(f"batch by {law.name}: {rule.formula if rule else 'the one of its runs'}")
    if settings.schedule and not options.peak_lr:
        taken.append(f"{law.name} found its peak for: {settings.schedule}")
    notes = []
    beyond = max(advice.beyond.values(), default=1.0)
    if beyond > 1:
        text = f"the run lies {significant(beyond, 2)} times beyond the runs behind {law.name}"
        notes.append(Note(code="beyond-range", message=text))
    if (options.batch or options.steps) and not options.peak_lr and law.rules.get("batch_tokens"):
        text = f"{law.name} gives its peak for its own batch, {significant(advice.batch_tokens or 0)} tokens"
        notes.append(Note(code="batch", message=text))
    surname = law.authors[0].split()[-1]
    source = f"{law.name}: {surname} et al. {law.year}, arXiv {law.arxiv}, {law.where}"
    return tuple(taken), tuple(notes), (source,)
