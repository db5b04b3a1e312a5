"""The ways to make a model do a task, each with what preparing it and answering with it takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from scalecalc.commands._architecture import Architecture
from scalecalc.commands._hardware import Pace
from scalecalc.compute.adaptation import Cost, Task, adapter_tuning_flops, full_tuning_flops
from scalecalc.compute.adapters import Adapters, fewest_tuning_devices, tuning_memory
from scalecalc.compute.layout import Batch, Layout
from scalecalc.compute.layouts import Cluster, Run, fewest_devices, layouts
from scalecalc.compute.serving import Demand, Service, Serving, serve_on_fewest
from scalecalc.compute.transformer import Shape
from scalecalc.problem import ExitCode, Problem

MOST_DEVICES = 1024
"""Neither a copy nor a run is spread over more devices than this."""

ZERO_SHOT, PROMPTED, CACHED = "zero-shot", "in context", "in context, cached"
ADAPTERS, FULL = "LoRA", "full fine-tuning"


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done before the first query; bytes are of the fullest of the fewest devices that hold it."""

    flops: float
    gpu_hours: float
    devices: int
    bytes: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way: what it is prepared by, if by anything, and how one query is answered, in so many FLOPs."""

    name: str
    preparation: Preparation | None
    flops: float
    answer: Serving
    service: Service
    answer_tokens: float

    @property
    def cost(self) -> Cost:
        """Device-hours once and for each query."""
        upfront = self.preparation.gpu_hours if self.preparation else 0.0
        return Cost(self.name, upfront, self.answer.gpu_hours)

    @property
    def answer_seconds(self) -> float:
        """Seconds from the first to the last token of an answer."""
        return self.answer_tokens * self.answer.seconds_per_token

    @property
    def prompt_share(self) -> float:
        """Share of a request's time that its prompt takes."""
        return self.answer.seconds_to_read / (self.answer.seconds_to_read + self.answer_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A task, a model and a smaller one, the devices, and how each way is gone about."""

    task: Task
    model: Architecture
    student: Architecture | None
    pace: Pace
    shots: int
    epochs: int
    labels: float
    adapters: Adapters

    @property
    def baseline(self) -> str:
        """The way that takes no training and answers at least cost: what the others are held against."""
        return CACHED if self.shots else ZERO_SHOT

    @property
    def distilled(self) -> str | None:
        """What the way of the student is called, if there is one."""
        return f"distilled to {self.student.name.removeprefix('a model of ')}" if self.student else None

    def ways(self) -> Iterator[Way]:
        """All ways, the one prepared soonest first."""
        shape = self.model.shape
        if self.shots:
            yield self._answering(PROMPTED, shape, None, self.shots)
        yield self.untrained
        yield self._answering(ADAPTERS, shape, self._adapters(), 0)
        yield self._answering(FULL, shape, self._full(shape, self.task.tokens), 0)
        if self.student and self.distilled:
            small = self.student.shape
            yield self._answering(self.distilled, small, self._distilled(small), 0)

    @property
    def untrained(self) -> Way:
        """The baseline: examples in the prompt, their keys and values kept from query to query, or none."""
        return self._answering(self.baseline, self.model.shape, None, self.shots, keeps_prompt=True)

    def _answering(
        self, name: str, shape: Shape, prepared: Preparation | None, shots: int, *, keeps_prompt: bool = False
    ) -> Way:
        from scalecalc.compute.inference import decode_flops, prefill_flops

        task = self.task
        kept = shots * task.example_tokens if keeps_prompt else 0.0
        query = Demand(requests=1.0, read=task.prompt_tokens(shots), written=task.answer_tokens, cached=kept)
        answer, service = serve_on_fewest(shape, query, self.pace.accelerator, Service(), MOST_DEVICES)
        written = query.written * decode_flops(shape, query.context)
        flops = prefill_flops(shape, query.read, query.cached) + written
        return Way(name, prepared, flops, answer, service, task.answer_tokens)

    @property
    def _trained_tokens(self) -> float:
        return self.epochs * self.task.tokens

    def _adapters(self) -> Preparation:
        shape, cluster = self.model.shape, self._cluster
        batch = Batch(tokens=self._sequence, recompute="full")
        devices = fewest_tuning_devices(shape, self.adapters, batch, cluster.usable, MOST_DEVICES)
        if devices is None:
            raise _too_large(self.model.name, cluster)
        held = tuning_memory(shape, self.adapters, batch, Layout(data=devices, zero=3 if devices > 1 else 0))
        flops = adapter_tuning_flops(shape, self.adapters, self._trained_tokens)
        return Preparation(flops, self._hours(flops), devices, held.total)

    def _full(self, shape: Shape, tokens: float) -> Preparation:
        run = Run(shape=shape, tokens=self._sequence, sequences=1)
        devices = fewest_devices(run, self._cluster, MOST_DEVICES)
        if devices is None:
            raise _too_large(self.model.name, self._cluster)
        wide = Run(shape=shape, tokens=self._sequence, sequences=devices)
        best, *_ = layouts(wide, Cluster.of(self.pace.accelerator, devices))
        flops = full_tuning_flops(shape, self.epochs * tokens)
        return Preparation(flops, self._hours(flops), devices, best.memory.total)

    def _distilled(self, student: Shape) -> Preparation:
        """The model labels questions with the examples before it, and the student is trained on them."""
        trained = self._full(student, self.labels * self.task.example_tokens)
        teacher = self.untrained
        return Preparation(
            trained.flops + self.labels * teacher.flops,
            trained.gpu_hours + self.labels * teacher.answer.gpu_hours,
            trained.devices,
            trained.bytes,
        )

    def _hours(self, flops: float) -> float:
        return flops / self.pace.throughput.flops_per_gpu_hour(self.pace.throughput.mfu.value)

    @property
    def _sequence(self) -> int:
        return max(1, round(self.task.example_tokens))

    @property
    def _cluster(self) -> Cluster:
        return Cluster.of(self.pace.accelerator, 1)


def _too_large(name: str, cluster: Cluster) -> Problem:
    text = f"training {name} takes more than {MOST_DEVICES} devices of {cluster.memory / 1e9:.4g} GB"
    return Problem("does-not-fit", text, "name devices with more memory by --gpus", ExitCode.NO_ANSWER)
