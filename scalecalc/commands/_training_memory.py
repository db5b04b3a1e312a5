"""A training run on devices: what it fills in a layout, and what would fit."""

from dataclasses import dataclass

from scalecalc.commands._architecture import Architecture, whole
from scalecalc.commands._layout_choice import LayoutChoice
from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.adapters import FROZEN, Adapters, tuned, tuning_memory
from scalecalc.compute.layout import Batch, Layout
from scalecalc.compute.layouts import Cluster, Run, fewest_devices, largest_micro_batch
from scalecalc.compute.memory import Memory, memory, per_stage

MOST_DOUBLINGS = 16
"""As far as `fewest_devices` looks: 65,536."""

LARGEST_STEP = 10**12
"""Tokens; published steps have up to some 10**8."""


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """A run that was asked about: the model, the devices, and what is trained of it."""

    inputs: LayoutChoice
    found: Architecture
    tokens: int
    device: Accelerator
    devices: int

    @property
    def cluster(self) -> Cluster:
        """The devices, as layouts are searched on them."""
        return Cluster.of(self.device, self.devices)

    @property
    def run(self) -> Run:
        """The run, with a step of about as many tokens as were given that all devices can share."""
        step = whole(self.inputs.batch, "--batch", LARGEST_STEP)
        sequences = -(-step // (self.tokens * self.devices)) * self.devices
        return Run(
            shape=self.found.shape,
            tokens=self.tokens,
            sequences=sequences,
            precision=self.inputs.precision,
            bytes_per_logit=self.inputs.bytes_per_logit,
            flash=not self.inputs.no_flash,
            dropout=self.inputs.dropout,
        )

    @property
    def adapters(self) -> Adapters | None:
        """What is trained, where it is not all weights."""
        return self.inputs.adapters

    def used(self, layout: Layout, batch: Batch) -> Memory:
        """Bytes on the fullest device."""
        if self.adapters is None:
            return memory(self.found.shape, layout, batch, self.inputs.precision)
        return tuning_memory(self.found.shape, self.adapters, batch, layout)

    def stages(self, layout: Layout, batch: Batch) -> tuple[Memory, ...]:
        """Bytes on one device of each stage of the pipeline."""
        shape, adapters = self.found.shape, self.adapters
        if adapters is None:
            return per_stage(shape, layout, batch, self.inputs.precision)
        frozen = per_stage(shape, layout, batch, FROZEN)
        return tuple(tuned(stage, shape, adapters, layout) for stage in frozen)

    def largest(self, layout: Layout, batch: Batch) -> int:
        """Sequences of a micro-batch that fit; adapters change what does not depend on them."""
        precision = self.inputs.precision if self.adapters is None else FROZEN
        shift = memory(self.found.shape, layout, batch, precision).total - self.used(layout, batch).total
        return largest_micro_batch(self.found.shape, layout, batch, precision, self.cluster.usable + shift)

    def fewest(self) -> int | None:
        """The least number of devices on which some layout fits."""
        if self.adapters is None:
            return fewest_devices(self.run, self.cluster)
        batch = Batch(tokens=self.tokens, recompute="full", bytes_per_logit=self.inputs.bytes_per_logit)
        powers = (2**power for power in range(MOST_DOUBLINGS + 1))
        return next(
            (
                devices
                for devices in powers
                if self.used(Layout(data=devices, zero=3), batch).total <= self.cluster.usable
            ),
            None,
        )
