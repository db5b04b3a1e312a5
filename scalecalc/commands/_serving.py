"""What answering a demand with the model costs, beside its training."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from scalecalc.problem import Problem
from scalecalc.quantity import Bytes, DeviceHours, Dollars, Duration, Tokens
from scalecalc.result import Estimate, Inputs, Row, Shown

if TYPE_CHECKING:
    from scalecalc.commands._run import Run
    from scalecalc.compute.serving import Serving

MOST_DEVICES = 1024
"""Copies of a model are not spread over more devices than this."""


class Requests(Tokens):
    """A number of requests.

    >>> Requests.parse("2.5B"), str(Requests(1e6))
    (Requests(2.5e9), '1M')
    """

    __slots__ = ()

    unit = "requests"
    noun = "a number of requests"
    metavar = "REQUESTS"
    grammar = "1M, 2.5B, 1e9"
    words = ("requests", "request", "req")


class ServingInputs(Inputs):
    """The demand that the trained model answers."""

    requests: Requests | None = Field(
        None, description="Requests to answer with --model over its life, e.g. 1B: adds what that costs."
    )
    prompt_tokens: Tokens | None = Field(None, description="Tokens read for a request, e.g. 1000.")
    answer_tokens: Tokens | None = Field(None, description="Tokens written for a request, e.g. 300.")
    serving_gpus: int | None = Field(
        None, ge=1, le=MOST_DEVICES, description="Devices that hold one copy. [the fewest, by doubling]"
    )
    serving_batch: int | None = Field(
        None, ge=1, le=100_000, description="Requests that a copy works on at once. [32]"
    )

    def _refuse_half_a_demand(self) -> None:
        """A demand has three numbers; how it is served matters beside all of them."""
        names = ("requests", "prompt_tokens", "answer_tokens")
        missing = [f"--{name.replace('_', '-')}" for name in names if getattr(self, name) is None]
        beside = (*names, "serving_gpus", "serving_batch")
        if missing and any(getattr(self, name) is not None for name in beside):
            hint = "for example --requests 1B --prompt-tokens 1000 --answer-tokens 300"
            raise Problem("half-a-demand", f"a demand lacks {' and '.join(missing)}", hint)


class ServingRow(Row):
    """GPU-hours and money to answer the demand on the run's devices, batches always full."""

    gpu_hours: DeviceHours = Field(title="GPU-hours")
    usd: Annotated[Estimate | None, Shown()] = Field(title="cost")
    usd_per_million_tokens: Estimate | None = Field(
        title="per million tokens", description="US dollars for a million tokens, read and written."
    )
    read_gpu_hours: DeviceHours = Field(title="of them to read")
    write_gpu_hours: DeviceHours = Field(title="of them to write")
    seconds_per_token: Duration = Field(title="between two tokens")
    gpus: int = Field(title="GPUs for one copy")
    batch: int = Field(title="requests at once")
    bytes_held: Bytes = Field(title="weights and cache")


def serving_row(inputs: ServingInputs, run: "Run") -> ServingRow | None:
    """What the demand takes; None where there is none."""
    if not (inputs.requests and inputs.prompt_tokens and inputs.answer_tokens):
        return None
    from scalecalc.commands._hardware import estimate

    found, devices, batch = _served(inputs, run)
    price = run.pace.price
    tokens = inputs.requests * (inputs.prompt_tokens + inputs.answer_tokens)
    usd = price.times(found.gpu_hours) if price else None
    return ServingRow(
        gpu_hours=DeviceHours(found.gpu_hours),
        usd=estimate(usd, Dollars, run.pace.price_method) if usd else None,
        usd_per_million_tokens=estimate(usd.times(1e6 / tokens), Dollars) if usd else None,
        read_gpu_hours=DeviceHours(found.read_hours),
        write_gpu_hours=DeviceHours(found.write_hours),
        seconds_per_token=Duration(found.seconds_per_token),
        gpus=devices,
        batch=batch,
        bytes_held=Bytes(found.memory),
    )


def serving_assumptions(inputs: ServingInputs) -> tuple[str, ...]:
    """The shares of peak and bandwidth that serving is taken at."""
    if inputs.requests is None:
        return ()
    return (f"serving: {shares_of_peak()}, 16-bit weights and cache, batches always full, no queues",)


def shares_of_peak() -> str:
    """What of the hardware serving gets, in words."""
    from scalecalc.compute.serving import Service

    plain = Service()
    return f"{plain.prefill_mfu:.0%} of peak to read, {plain.bandwidth_share:.0%} of bandwidth to write"


def _served(inputs: ServingInputs, run: "Run") -> tuple["Serving", int, int]:
    """The demand as served, with the devices of a copy and its batch."""
    from scalecalc.compute.serving import Demand, Service, serve_on_fewest

    shape = run.model.shape if run.model else None
    if shape is None or not (inputs.requests and inputs.prompt_tokens and inputs.answer_tokens):
        raise Problem("no-shape", "serving takes the shape of a model", "add --model, e.g. llama3-8b")
    demand = Demand(requests=inputs.requests, read=inputs.prompt_tokens, written=inputs.answer_tokens)
    given, batch = inputs.serving_gpus, inputs.serving_batch or Service().batch
    start = Service(devices=given or 1, batch=batch)
    try:
        found, service = serve_on_fewest(shape, demand, run.pace.accelerator, start, given or MOST_DEVICES)
    except Problem as problem:
        hint = "more --serving-gpus or a smaller --serving-batch"
        raise Problem(problem.code, problem.message, hint, problem.exit_code) from None
    return found, service.devices, batch
