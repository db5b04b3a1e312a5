"""A pace as `mfu` is asked about it: the device and model looked up, and the MFU that follows."""

from dataclasses import dataclass

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._counted import ConventionName, Counted
from scalecalc.commands._hardware import mfu_of_achieved
from scalecalc.commands._mfu_inputs import MfuInputs
from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.mistake import Evidence
from scalecalc.compute.plausibility import plausible
from scalecalc.compute.throughput import in_range, mfu_from_achieved, mfu_from_hfu
from scalecalc.problem import Problem
from scalecalc.quantity import Share
from scalecalc.result import Estimate, Row

_OFTEN_MEANT = ("a100-sxm-80gb", "h100-sxm-80gb", "b200-sxm-180gb")
"""Devices whose peak stands in scripts that then run on another one."""


class PublishedShare(Row):
    """What was seen of such devices and models."""

    measure: str = Field(title="measured", description="steady, or end-to-end with all interruptions.")
    counts: str = Field(description="What the MFU counts.")
    mfu: Estimate = Field(title="MFU")
    runs: int | None = Field(description="Runs behind it; null where none is.")
    range: str


@dataclass(frozen=True, slots=True)
class ObservedPace:
    """What was asked, with its device and model looked up."""

    inputs: MfuInputs
    device: Accelerator
    dtype: str
    peak: float
    model: Counted | None
    convention: ConventionName | None

    @classmethod
    def of(cls, inputs: MfuInputs) -> "ObservedPace":
        if inputs.gpus is None or inputs.gpus.accelerator is None:
            named = "--gpus" if inputs.gpus is None else f"--gpus {inputs.gpus} with its accelerator"
            raise Problem(
                "no-accelerator", f"an MFU is of a device's peak: {named} is missing", "e.g. 8xh100"
            )
        device, model = tables.accelerator(inputs.gpus.accelerator), inputs.counted()
        dtype = inputs.dtype or device.training_dtype
        peak = device.peak(dtype) if inputs.peak is None else _own_peak(device, dtype, inputs.peak)
        convention = inputs.convention or (model.default if model else None)
        pace = cls(inputs, device, dtype, peak, model, convention)
        pace._refuse_half()
        return pace

    def _refuse_half(self) -> None:
        """A rate needs the devices that it is of, and a model; the brief ways need neither."""
        inputs = self.inputs
        of_all = inputs.tokens_per_second is not None or inputs.step_time is not None
        if of_all and self.model is None:
            raise Problem("no-model", "tokens per second are of a model", "add --model or --params, e.g. 7B")
        if of_all and inputs.gpus and inputs.gpus.count is None:
            raise Problem(
                "no-count",
                f"tokens per second of how many {self.device.id}",
                f"write 1x{self.device.id} for one, 8x{self.device.id} for eight together",
            )
        if self.convention and not self.model:
            raise Problem("no-model", "--convention without a model counts nothing", "add --model")

    @property
    def gpus(self) -> int:
        return (self.inputs.gpus.count if self.inputs.gpus else None) or 1

    @property
    def recomputed(self) -> float:
        return 1.0 if self.inputs.recompute == "full" else 0.0

    @property
    def given_rate(self) -> float | None:
        """Tokens per second, where the question gives them."""
        inputs = self.inputs
        if inputs.step_time is not None and inputs.batch_tokens is not None:
            return inputs.batch_tokens / inputs.step_time
        return inputs.tokens_per_second

    @property
    def flops_per_token(self) -> float | None:
        return self.model.flops_per_token(self.convention) if self.model and self.convention else None

    def mfu(self) -> float:
        """The share of peak; one that cannot be is refused with its likely cause."""
        inputs, flops, rate = self.inputs, self.flops_per_token, self.given_rate
        if flops and rate:
            achieved = in_range("compute of a second", flops * rate / self.gpus)
            found = mfu_from_achieved(achieved, self.peak)
        elif inputs.tflops is not None:
            found = self._of_achieved(inputs.tflops)
        elif inputs.hfu is not None:
            found = mfu_from_hfu(inputs.hfu, self.recomputed)
        else:
            found = float(inputs.mfu or 0)
        self._refuse_impossible(found)
        return found

    def _of_achieved(self, tflops: float) -> float:
        if self.inputs.peak is None:
            return mfu_of_achieved(self.device, self.dtype, tflops, self.recomputed)
        return mfu_from_achieved(tflops * 1e12, self.peak, self.recomputed)

    def _refuse_impossible(self, mfu: float) -> None:
        try:
            plausible(mfu, self.evidence)
        except Problem as problem:
            hint = problem.hint
            if self.given_rate and self.gpus == 1:
                hint = f"{hint}; or the tokens are those of several devices: write 8x{self.device.id}"
            raise Problem(problem.code, problem.message, hint, problem.exit_code) from None

    @property
    def evidence(self) -> Evidence:
        """What may explain an MFU that is out of the ordinary."""
        device, sparse = self.device, self.device.sparse.get(self.dtype)
        others = [tables.accelerator(name) for name in _OFTEN_MEANT if name != device.id]
        return Evidence(
            params=self.model.working if self.model else None,
            total_params=self.model.params if self.model else None,
            gpus=self.gpus if self.gpus > 1 else None,
            dies_per_unit=max(device.parts_per_device, device.devices_per_product),
            sparse_ratio=sparse / device.peaks[self.dtype] if sparse else None,
            fp8=None if "fp8" in device.peaks and self.dtype != "fp8" else False,
            other_peaks={
                other.id: other.peak(other.training_dtype) / self.peak
                for other in others
                if not 0.8 < other.peak(other.training_dtype) / self.peak < 1.25
            },
            recomputed=self.recomputed,
            typical=self._typical,
        )

    @property
    def owner_of_peak(self) -> str | None:
        """The device of the table whose peak it is; the first of several, None where there is none."""
        for device in tables.accelerators().values():
            if self.dtype in device.peaks and 0.99 < self.peak / device.peaks[self.dtype] < 1.01:
                return device.id
        return None

    @property
    def _typical(self) -> float:
        seen = [row.mfu.value for row in self.published()]
        return seen[0] if seen else Evidence().typical

    def published(self) -> tuple[PublishedShare, ...]:
        """The published shares of this generation, kind and data type, the steady ones first."""
        kind = "moe" if self.model and self.model.active_params else "dense"
        wanted = "fp8" if self.dtype == "fp8" else "16bit"
        rows = [
            row
            for row in tables.utilizations()
            if self.device.generation in row.generations and row.kind == kind and wanted in row.dtypes
        ]
        return tuple(
            PublishedShare(
                measure=row.measure,
                counts="6ND and attention" if row.measure == "steady" else "6ND",
                mfu=Estimate(value=Share(row.median), low=Share(row.low), high=Share(row.high)),
                runs=row.runs or None,
                range=row.level,
            )
            for row in sorted(rows, key=lambda row: row.measure, reverse=True)
            if not row.key.startswith("a100") or row.key.split("-")[1] == self.device.id.split("-")[-1]
        )


def _own_peak(device: Accelerator, dtype: str, tflops: float) -> float:
    """The peak that was given; a figure that is known not to be the dense one is refused."""
    misread = device.misreadings(tflops * 1e12, dtype)
    if misread:
        hint = f"leave --peak out: {device.peak(dtype) / 1e12:.5g} TFLOP/s is the dense peak in the table"
        raise Problem("misread-peak", f"--peak {misread[0]}", hint)
    return tflops * 1e12
