"""What the numbers of a planned run rest on, and what a reader should look at twice."""

from collections.abc import Iterator

from scalecalc.commands._counted import ORDINARY_CONTEXT
from scalecalc.commands._energy import energy_assumptions, energy_notes
from scalecalc.commands._failures import failure_assumptions
from scalecalc.commands._hardware import recomputed_note
from scalecalc.commands._run import Run
from scalecalc.commands._serving import serving_assumptions
from scalecalc.commands._swapped import swapped_note
from scalecalc.compute.flops import CONVENTIONS, training_flops_per_token
from scalecalc.compute.plan import Plan
from scalecalc.compute.plausibility import judge
from scalecalc.compute.throughput import training_flops
from scalecalc.quantity import Params, Share
from scalecalc.result import Note

REMARKABLE = 0.05
"""Share of 6ND from which attention that is not counted is remarked."""


def run_assumptions(run: Run, plan: Plan) -> tuple[str, ...]:
    """What the numbers rest on besides what was given; an implied MFU or price is not assumed."""
    told = [run.pace.device_text]
    told.append(f"held against {run.pace.mfu_method}" if plan.known.implies_mfu else run.pace.mfu_method)
    if not plan.known.implies_price:
        told.append(run.pace.price_method)
    if run.shape is not None:
        told.append(f"work: {CONVENTIONS[run.convention].formula}, {_of_params(run)}, T by phase")
    elif run.active_params:
        told.append("C = 6ND over the parameters that are active for a token")
    elif run.params or run.tokens:
        told.append("C = 6ND over all parameters, attention not counted")
    if run.is_cluster_alone:
        told.append("one day, since neither work nor time was given")
    told += failure_assumptions(run.inputs)
    told += energy_assumptions(run.inputs, run.pace.accelerator)
    told += serving_assumptions(run.inputs)
    return tuple(told)


def _of_params(run: Run) -> str:
    return f"N = {Params(run.compute_params or 1)}{' active' if run.active_params else ''} parameters"


def run_notes(run: Run, plan: Plan) -> tuple[Note, ...]:
    """What a reader should look at twice."""
    told = [*swapped_note(run.inputs.params, run.inputs.tokens), *energy_notes(run.inputs)]
    if run.inputs.phase and run.shape is None:
        text = "attention is not counted: no shape is known, so the lengths of the phases change nothing"
        told.append(Note(code="attention", message=text, level="warning"))
    told += _uncounted_attention(run)
    tflops, mfu = run.inputs.tflops, run.pace.throughput.mfu.value
    if tflops is not None and (note := recomputed_note(tflops, mfu, run.recomputed)):
        told.append(note)
    found = judge(plan.mfu.value, run.evidence) if run.mfu_is_at_stake else None
    if found and found.note:
        told.append(Note(code="unusual-mfu", message=found.note, level="warning"))
    elif plan.known.implies_mfu:
        told += _outside_published(run, plan.mfu.value)
    return tuple(told)


def _outside_published(run: Run, mfu: float) -> Iterator[Note]:
    """An implied MFU that could be, but that few runs on such devices had."""
    seen = run.pace.throughput.mfu
    if not seen.is_exact and not seen.low <= mfu <= seen.high:
        span = f"{Share(seen.low)} to {Share(seen.high)}"
        text = f"an MFU of {Share(mfu)} lies outside the {span} of most published runs on such devices"
        yield Note(code="outside-published", message=f"{text}: check hours, devices and tokens")


def _uncounted_attention(run: Run) -> Iterator[Note]:
    """What attention over the model's context would add, where that is the length of its training."""
    model = run.model
    if run.phases or not (model and model.shape and model.context) or model.context > ORDINARY_CONTEXT:
        return
    by_shape = training_flops_per_token(model.shape, model.context, run.convention).total
    extra = by_shape / training_flops(model.compute_params, 1.0) - 1
    if extra > REMARKABLE:
        text = f"attention over {model.context} tokens would add {Share(extra)} to 6ND"
        yield Note(code="attention", message=f"{text}: --sequence {model.context} counts it")
