"""The share of peak that a training run reaches, from its pace; and the pace, from the share."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._counted import WORDS, ConventionName
from scalecalc.commands._hardware import recomputed_note
from scalecalc.commands._lists import Rate
from scalecalc.commands._mfu_inputs import MfuInputs, TokenRate
from scalecalc.commands._mfu_pace import ObservedPace, PublishedShare
from scalecalc.commands._sequence import SequenceLength
from scalecalc.compute.plausibility import judge
from scalecalc.compute.throughput import hardware_per_model_flops
from scalecalc.quantity import Duration, Flops, Params, Share, Tokens, significant
from scalecalc.result import AnyNumber, Note, Result, Row, Shown


class ByConvention(Row):
    """The same pace with the model's FLOPs counted in one way."""

    convention: ConventionName
    counts: str
    flops_per_token: Flops = Field(title="FLOPs per token")
    mfu: AnyNumber = Field(title="MFU", description="Above 1 where it counts what is not computed.")


class MfuResult(Result):
    """A pace of training as a share of peak, with what it was counted from."""

    told: ClassVar[frozenset[str]] = frozenset({"verdict"})

    verdict: str
    mfu: Share = Field(title="MFU", description="The model's FLOPs over the dense peak.")
    hfu: Share = Field(title="HFU", description="The same with recomputation counted.")
    achieved: Annotated[Rate, Shown(unit="TFLOP/s")] = Field(
        title="model FLOPs per device", description="Model FLOP/s of one device."
    )
    peak: Annotated[Rate, Shown(unit="TFLOP/s")] = Field(title="dense peak", description="Of one device.")
    accelerator: str
    dtype: str = Field(title="data type")
    gpus: int = Field(title="GPUs")
    tokens_per_second: TokenRate | None = Field(
        title="tokens per second", description="Of all devices; null without a model."
    )
    tokens_per_second_per_gpu: TokenRate | None = Field(title="tokens per second and GPU")
    step_seconds: Duration | None = Field(title="time of a step")
    batch_tokens: Tokens | None = Field(title="tokens of a step")
    params: Params | None = Field(title="model size")
    active_params: Params | None = Field(title="active parameters")
    sequence: SequenceLength | None
    convention: ConventionName | None = Field(description="By which the model's FLOPs are counted.")
    flops_per_token: Flops | None = Field(title="FLOPs per token")
    conventions: tuple[ByConvention, ...] = Field(title="the same pace by other conventions")
    published: tuple[PublishedShare, ...] = Field(title="seen on such devices")

    def headline(self) -> str:
        """The finding."""
        return self.verdict


def mfu(inputs: MfuInputs) -> MfuResult:
    """The pace that is given, in every other way that a pace is told."""
    pace = ObservedPace.of(inputs)
    found, model, gpus = pace.mfu(), pace.model, pace.gpus
    flops = pace.flops_per_token
    rate = pace.given_rate or (found * pace.peak * gpus / flops if flops else None)
    batch = inputs.batch_tokens
    return MfuResult(
        verdict=_verdict(pace, found, rate),
        mfu=Share(found),
        hfu=Share(found * hardware_per_model_flops(pace.recomputed)),
        achieved=Rate(found * pace.peak),
        peak=Rate(pace.peak),
        accelerator=pace.device.id,
        dtype=pace.dtype,
        gpus=gpus,
        tokens_per_second=TokenRate(rate) if rate else None,
        tokens_per_second_per_gpu=TokenRate(rate / gpus) if rate else None,
        step_seconds=Duration(batch / rate) if batch and rate else None,
        batch_tokens=batch,
        params=Params(model.params) if model else None,
        active_params=Params(model.active_params) if model and model.active_params else None,
        sequence=model.sequence if model else None,
        convention=pace.convention,
        flops_per_token=Flops(flops) if flops else None,
        conventions=tuple(_by_convention(pace, rate)),
        published=pace.published(),
        assumptions=_assumptions(pace),
        notes=tuple(_notes(pace, found)),
        sources=(f"{pace.device.id}: {pace.device.source}",),
    )


def _verdict(pace: ObservedPace, mfu: float, rate: float | None) -> str:
    devices = f"{pace.gpus}x{pace.device.id}"
    told = f"an MFU of {Share(mfu)}"
    achieved = f"{significant(mfu * pace.peak / 1e12)} TFLOP/s a device"
    if rate is None or pace.model is None:
        return f"{told} on {pace.device.id} is {achieved}"
    pace_of = f"{pace.model.name} at {TokenRate(rate)} tokens per second on {devices}"
    return f"{pace_of} is {told}, {achieved}"


def _by_convention(pace: ObservedPace, rate: float | None) -> Iterator[ByConvention]:
    model = pace.model
    if model is None or rate is None or model.sequence is None:
        return
    for name in model.conventions():
        flops = model.flops_per_token(name)
        yield ByConvention(
            convention=name,
            counts=WORDS[name],
            flops_per_token=Flops(flops),
            mfu=_share(flops * rate / pace.gpus / pace.peak),
        )


def _share(ratio: float) -> float:
    return Share(ratio) if ratio <= 1 else ratio


def _assumptions(pace: ObservedPace) -> tuple[str, ...]:
    given = ", as given" if pace.inputs.peak else ""
    device = f"{pace.device.id}: {pace.peak / 1e12:.4g} TFLOP/s dense {pace.dtype} peak per device{given}"
    counted = pace.model.assumptions(pace.convention) if pace.model and pace.convention else ()
    return (device, *counted)


def _notes(pace: ObservedPace, mfu: float) -> Iterator[Note]:
    finding = judge(mfu, pace.evidence)
    if finding.verdict == "low":
        # what else makes an MFU low is in the hours of a run, and these are a pace
        finding = replace(finding, causes=tuple(each for each in finding.causes if each.corrected))
    if finding.verdict == "low" and not finding.causes:
        text = "the tokens may be those of fewer devices, or the time may hold more than steps"
        message = f"an MFU of {Share(mfu)} is below that of published runs; {text}"
        yield Note(code="unusual-mfu", message=message, level="warning")
    elif finding.note:
        yield Note(code="unusual-mfu", message=finding.note, level="warning")
    if pace.inputs.peak is not None and not 0.99 < pace.peak / pace.device.peak(pace.dtype) < 1.01:
        there = f"{pace.device.peak(pace.dtype) / 1e12:.5g} TFLOP/s dense {pace.dtype} for {pace.device.id}"
        by_table = f"by that the MFU is {significant(100 * mfu * pace.peak / pace.device.peak(pace.dtype))}%"
        owner = f"; it is that of {pace.owner_of_peak}" if pace.owner_of_peak else ""
        text = f"--peak {pace.inputs.peak:.5g} is not the peak in the table, {there}{owner}; {by_table}"
        yield Note(code="other-peak", message=text, level="warning")
    if pace.inputs.tflops is not None and (note := recomputed_note(pace.inputs.tflops, mfu, pace.recomputed)):
        yield note
    model = pace.model
    if model and model.shape and model.sequence is None:
        text = f"{model.name} was trained in sequences shorter than its context: --sequence counts attention"
        yield Note(code="attention", message=text)
