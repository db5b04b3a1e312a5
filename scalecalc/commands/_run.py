"""A training run as the command line gives it: the work, the devices, and what is known of their pace."""

from dataclasses import dataclass, replace

from scalecalc import tables
from scalecalc.commands._failures import failures_of, goodput_of, refuse_idle_failures
from scalecalc.commands._hardware import DEFAULT_ACCELERATOR, Pace, Terms, mfu_of_achieved, pace
from scalecalc.commands._run_inputs import RunInputs
from scalecalc.compute.goodput import devices_for
from scalecalc.compute.mistake import Evidence
from scalecalc.compute.model import PublishedModel
from scalecalc.compute.phases import Phase, run_flops
from scalecalc.compute.plan import Known, Plan
from scalecalc.compute.plausibility import plausible
from scalecalc.compute.runtime import DAY, solve
from scalecalc.compute.throughput import (
    hardware_per_model_flops,
    mfu_from_hfu,
    training_flops,
)
from scalecalc.compute.transformer import Shape
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import (
    DeviceHours,
    Flops,
    Params,
    Share,
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was asked about, with the pace of its devices."""

    inputs: RunInputs
    model: PublishedModel | None
    pace: Pace

    @classmethod
    def of(cls, inputs: RunInputs) -> "Run":
        """The run that the inputs describe."""
        model = tables.model(inputs.model) if inputs.model else None
        if model and model.tokens is None and not inputs.phase:
            raise Problem(
                "undisclosed-tokens",
                f"the training tokens of {model.id} are not published",
                f"assume some: --params {Params(model.params)} --tokens 2T",
            )
        if inputs.sequence and model and model.shape is None:
            raise Problem(
                "no-shape",
                f"the shape of {model.id} is not known, so --sequence changes nothing",
                "leave --sequence out: C = 6ND",
            )
        is_moe = inputs.active_params is not None or (model is not None and model.kind == "moe")
        by_shape = bool(model and model.shape and (inputs.phase or inputs.sequence))
        run = cls(inputs, model, _pace(inputs, is_moe=is_moe, counts_attention=by_shape))
        return run if inputs.mtbf is None else run._with_failures()

    @property
    def params(self) -> float | None:
        """All parameters."""
        return self.model.params if self.model else self.inputs.params

    @property
    def active_params(self) -> float | None:
        """The parameters that work on a token, where they are fewer."""
        return self.model.active_params if self.model else self.inputs.active_params

    @property
    def compute_params(self) -> float | None:
        """N of C = 6ND."""
        return self.active_params or self.params

    @property
    def tokens(self) -> float | None:
        """Training tokens."""
        if self.inputs.phase:
            return sum(phase.tokens for phase in self.inputs.phase)
        return self.model.tokens if self.model else self.inputs.tokens

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases whose sequences are known; all of the work, or none of it."""
        given = self.inputs.phase
        if self.inputs.sequence and self.tokens:
            return (Phase(self.tokens, self.inputs.sequence),)
        return tuple(Phase(phase.tokens, phase.length) for phase in given)

    @property
    def shape(self) -> Shape | None:
        """The shape by which attention is counted; None where the work is 6ND."""
        return self.model.shape if self.model and self.phases else None

    @property
    def convention(self) -> str:
        """Attention as in the MFU of the published runs: in full, within windows where there are any."""
        shape = self.model.shape if self.model else None
        return "window" if shape and shape.n_windowed_layers else "palm"

    @property
    def flops(self) -> float | None:
        """The work: as given, or 6ND where N and D are, with attention where it can be counted."""
        if self.shape is not None:
            return run_flops(self.shape, self.phases, self.convention)
        if self.inputs.flops is not None or not (self.compute_params and self.tokens):
            return self.inputs.flops
        return training_flops(self.compute_params, self.tokens)

    @property
    def recomputed(self) -> float:
        """Share of the forward pass done twice."""
        return 1.0 if self.inputs.recompute == "full" else 0.0

    @property
    def hardware_per_model(self) -> float:
        """HFU over MFU."""
        return hardware_per_model_flops(self.recomputed)

    @property
    def is_cluster_alone(self) -> bool:
        """Whether nothing is known but the devices; then one day of them is told."""
        inputs = self.inputs
        given = (inputs.time, inputs.usd, inputs.gpu_hours, self.flops)
        return self.gpus is not None and not any(given)

    @property
    def gpus(self) -> int | None:
        """The number of devices."""
        return self.inputs.gpus.count if self.inputs.gpus else None

    @property
    def known(self) -> Known:
        """What is given, as the solver takes it."""
        inputs = self.inputs
        seconds = DAY if self.is_cluster_alone else inputs.time
        return Known(
            flops=None if self.flops is None else Flops(self.flops),
            gpus=self.gpus,
            seconds=seconds,
            usd=inputs.usd or None,
            gpu_hours=inputs.gpu_hours,
        )

    @property
    def mfu_is_at_stake(self) -> bool:
        """Whether the MFU was given, or follows from what was, so that it may be wrong."""
        inputs = self.inputs
        return any((inputs.mfu, inputs.hfu, inputs.tflops)) or self.known.implies_mfu

    def plan(self) -> Plan:
        """The run with nothing missing; an MFU that cannot be is refused with the likely cause."""
        self._refuse_too_little()
        plan = solve(self.known, self.pace.throughput, self.pace.price)
        if self.mfu_is_at_stake:
            self._refuse_impossible(plan)
        return plan

    def _with_failures(self) -> "Run":
        """The run at the goodput that failures leave to its devices."""
        goodput = goodput_of(failures_of(self.inputs, self._failing_devices()))
        return replace(
            self, pace=replace(self.pace, throughput=replace(self.pace.throughput, goodput=goodput))
        )

    def _failing_devices(self) -> int:
        """The devices that are given, or that the time asks for: with compute, more than without failures."""
        if self.gpus is not None:
            return self.gpus
        self._refuse_too_little()
        known = self.known
        plan = solve(known, self.pace.throughput, self.pace.price)
        if plan.gpus is None or known.seconds is None:
            hint = "add --gpus with a count, e.g. 512xH100, or --time, from which it follows"
            raise Problem("no-count", "--mtbf of how many devices", hint)
        if known.reserved is not None or known.flops is None:
            return int(plan.gpus.value)
        return devices_for(plan.gpu_hours.value * 3600 / known.seconds, failures_of(self.inputs, 1))

    def _refuse_too_little(self) -> None:
        """What the solver cannot know: the names of the options that are missing."""
        if self.known.names - {"gpus"} or self.is_cluster_alone:
            return
        hint = "for example --gpus 512, or --params 70B --tokens 1.4T --gpus 1024xA100"
        if self.compute_params or self.tokens:
            other = "--tokens" if self.compute_params else "--params"
            hint = f"add {other} for the work, or --gpus with --time for what they allow"
            raise Problem("too-little-given", "half of the work settles no run", hint)
        raise Problem("too-little-given", "nothing is given to plan a run from", hint)

    def _refuse_impossible(self, plan: Plan) -> None:
        try:
            plausible(plan.mfu.value, self.evidence)
        except Problem as problem:
            hint = problem.hint
            if plan.balance:
                usual = Share(self.pace.throughput.mfu.value)
                hours = DeviceHours(plan.balance.needed.value)
                hint = f"{hint}; at an MFU of {usual} the work takes {hours} GPU-hours"
            raise Problem(problem.code, problem.message, hint, problem.exit_code) from None

    @property
    def evidence(self) -> Evidence:
        """What may explain an MFU that is out of the ordinary."""
        device, dtype = self.pace.accelerator, self.pace.dtype
        sparse = device.sparse.get(dtype)
        return Evidence(
            flops=None if self.shape else self.flops,
            params=self.compute_params,
            total_params=self.params,
            tokens=self.tokens,
            gpus=self.gpus,
            dies_per_unit=max(device.parts_per_device, device.devices_per_product),
            sparse_ratio=sparse / device.peaks[dtype] if sparse else None,
            fp8=None if "fp8" in device.peaks and self.inputs.dtype is None else False,
            recomputed=self.recomputed,
            typical=self.pace.throughput.mfu.value,
        )

    def split(self, plan: Plan) -> tuple[float | None, float | None]:
        """Parameters and tokens; the one that was not given follows from the compute."""
        working = self.compute_params
        flops = plan.flops.value
        params, tokens = self.params, self.tokens
        if working and not tokens:
            tokens = flops / training_flops(working, 1.0)
        elif tokens and not working:
            params = flops / training_flops(1.0, tokens)
        if min(params or 1.0, tokens or 1.0) < 1:
            raise Problem(
                "tiny-budget",
                f"{Flops(flops)} FLOPs leave less than one parameter or token",
                "give more GPUs, time or money",
                ExitCode.NO_ANSWER,
            )
        return params, tokens

    @property
    def fixes_model(self) -> bool:
        """Whether the model is settled, so that none is to be proposed."""
        return any((self.flops, self.params, self.tokens, self.compute_params))


def _pace(inputs: RunInputs, *, is_moe: bool, counts_attention: bool) -> Pace:
    """The devices' pace, the MFU taken from whichever of --mfu, --hfu and --tflops was given."""
    refuse_idle_failures(inputs)
    terms = Terms(
        accelerator=inputs.gpus.accelerator if inputs.gpus else None,
        dtype=inputs.dtype,
        goodput=inputs.goodput,
        price=inputs.price,
        kind="moe" if is_moe else "dense",
        counts_attention=counts_attention,
    )
    recomputed = 1.0 if inputs.recompute == "full" else 0.0
    if inputs.mfu is not None:
        return pace(replace(terms, mfu=_share("--mfu", inputs.mfu)))
    if inputs.hfu is not None:
        return pace(
            replace(terms, mfu=_share("--hfu", mfu_from_hfu(_share("--hfu", inputs.hfu), recomputed)))
        )
    if inputs.tflops is not None:
        device = tables.accelerator(terms.accelerator or DEFAULT_ACCELERATOR)
        dtype = terms.dtype or device.training_dtype
        return pace(replace(terms, mfu=mfu_of_achieved(device, dtype, inputs.tflops, recomputed)))
    return pace(terms)


def _share(option: str, value: float) -> Share:
    if value == 0:
        raise Problem("value", f"{option}: at 0% nothing is ever trained", f"for example {option} 40%")
    return Share(value)
