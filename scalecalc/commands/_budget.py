"""A compute budget given as FLOPs, as a cluster and a time, or as money; shared by the planning commands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from scalecalc import tables
from scalecalc.commands._spending import Spending
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import (
    Cluster,
    Compute,
    Dollars,
    Duration,
    Flops,
    GpuHours,
    OneOrMany,
    Price,
    Refused,
    Share,
    parse_compute,
)
from scalecalc.result import Completes, Inputs

if TYPE_CHECKING:
    from scalecalc.commands._hardware import Pace
    from scalecalc.compute.plan import Plan

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class _OrStandardInput:
    """Lets the text - pass where otherwise compute is read."""

    metavar: ClassVar[str] = "FLOPS"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: object, parse: Any) -> Any:
            return value if value == STANDARD_INPUT else parse(value)

        def written(value: Any) -> Any:
            if value == STANDARD_INPUT:
                return value
            texts = [str(each) if isinstance(each, GpuHours) else float(each) for each in value]
            return texts[0] if len(texts) == 1 else texts

        serializer = core_schema.plain_serializer_function_ser_schema(written, when_used="json")
        grammar = handler.generate_schema(OneOrMany[Compute])
        return core_schema.no_info_wrap_validator_function(read, grammar, serialization=serializer)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        one: list[dict[str, Any]] = [{"type": "number", "x-unit": "FLOPs"}, {"type": "string"}]
        return {"anyOf": [*one, {"type": "array", "items": {"anyOf": one}, "minItems": 1}]}


ComputeText = Annotated[tuple[Flops | GpuHours, ...] | Literal["-"], _OrStandardInput()]
"""Compute, several of it, or the sign for standard input."""


@dataclass(frozen=True, slots=True)
class Means:
    """A budget in FLOPs: one, or several to be answered one by one, and how it was come by."""

    flops: Iterable[float]
    is_one: bool
    spending: Spending | None = None
    assumptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Budget(Inputs):
    """Exactly one budget: FLOPs, or GPUs with a time, or money."""

    flops: ComputeText | None = Field(
        None,
        description="Training compute, e.g. 1e23, 1157PF-days, '300000 GPU-h@h100'. A range 1e21..1e24 or a "
        "list gives one row each; - reads one budget per line from standard input.",
    )
    gpus: Annotated[Cluster | None, Completes("accelerator")] = Field(
        None, description="The cluster, with --time, e.g. 512xH100; with --usd the accelerator alone will do."
    )
    time: Duration | None = Field(None, description="How long the cluster trains, e.g. 30d.")
    usd: Dollars | None = Field(None, description="The money to spend, e.g. 2M.")
    mfu: Share | None = Field(
        None, description="Share of the peak that goes into 6ND, e.g. 40%. [that of published runs]"
    )
    price: Price | None = Field(None, description="US dollars per GPU-hour, e.g. 2.5/h. [the table's]")

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        ways = {"--flops": self.flops, "--time": self.time, "--usd": self.usd}
        given = [option for option, value in ways.items() if value is not None]
        hint = "for example --flops 1e23, or --gpus 512xH100 --time 30d, or --usd 2M"
        if len(given) > 1:
            raise Problem("conflict", f"{' and '.join(given)} are {len(given)} budgets", f"give one: {hint}")
        if not given:
            raise Problem("no-budget", "no budget is given", f"give one: {hint}")
        if self.time is not None and (self.gpus is None or self.gpus.count is None):
            raise Problem("no-budget", "--time alone is no budget", "add --gpus with a count, e.g. 512xH100")
        if self.flops is not None:
            self._refuse_idle_options()
        return self

    def _refuse_idle_options(self) -> None:
        """Options that would change nothing beside --flops are a misunderstanding, not to be passed over."""
        hours = isinstance(self.flops, str) or any(isinstance(each, GpuHours) for each in self.flops or ())
        idle = {"--gpus": self.gpus, "--price": self.price, "--mfu": None if hours else self.mfu}
        for option, value in idle.items():
            if value is not None:
                raise Problem(
                    "conflict", f"{option} changes nothing where --flops is given", f"leave {option} out"
                )

    def means(self) -> Means:
        """The budget in FLOPs, with what had to be assumed; hardware is looked up only if it matters."""
        if self.flops == STANDARD_INPUT:
            return Means(self._from_standard_input(), is_one=False)
        if self.flops is not None:
            return self._from_compute(tuple(self.flops))  # type: ignore[arg-type]  # the text "-" was dealt with
        from scalecalc.commands._hardware import spending

        cluster = self.gpus or Cluster(1, None)
        found = self._pace(cluster.accelerator)
        plan = self._plan(cluster, found)
        spent = spending(plan, found, cluster.count if self.time is not None else None)
        return Means((plan.flops.value,), True, spent, found.assumptions, found.sources)

    def _plan(self, cluster: Cluster, found: "Pace") -> "Plan":
        from scalecalc.compute.plan import Known
        from scalecalc.compute.runtime import solve

        if self.time is not None:
            return solve(Known(gpus=cluster.count, seconds=self.time), found.throughput, found.price)
        if not self.usd:
            raise Problem("value", "--usd: no money buys no compute", "for example --usd 2M")
        if found.price is None:
            raise Problem(
                "no-price", f"no price is known for {found.accelerator.id}", "give one: --price 2.5/h"
            )
        return solve(Known(usd=self.usd), found.throughput, found.price)

    def _pace(self, accelerator: str | None) -> "Pace":
        from scalecalc.commands._hardware import Terms, pace

        return pace(Terms(accelerator=accelerator, mfu=self.mfu, price=self.price))

    def _from_compute(self, given: tuple[Flops | GpuHours, ...]) -> Means:
        devices = dict.fromkeys(each.accelerator for each in given if isinstance(each, GpuHours))
        paces = [self._pace(device) for device in devices]
        assumptions = tuple(text for found in paces for text in found.assumptions)
        sources = tuple(text for found in paces for text in found.sources)
        flops = tuple(self._in_flops(each) for each in given)
        return Means(flops, len(flops) == 1, None, assumptions, sources)

    def _in_flops(self, given: Flops | GpuHours) -> float:
        if isinstance(given, Flops):
            return _at_least_one(given)
        throughput = self._pace(given.accelerator).throughput
        return _at_least_one(given.hours * throughput.flops_per_gpu_hour(throughput.mfu.value))

    def _from_standard_input(self) -> Iterator[float]:
        for number, line in tables.lines_of_input():
            try:
                yield self._in_flops(parse_compute(line))
            except Refused as refused:
                message = f"standard input, line {number}: {refused.message}"
                raise Problem("row", message, refused.hint, ExitCode.BAD_DATA) from None


def _at_least_one(flops: float) -> float:
    """The budget; less than one operation trains nothing, and floats cannot hold what follows from it."""
    if flops < 1:
        raise Problem(
            "tiny-budget",
            f"{Flops(flops)} FLOPs are less than one operation",
            "laws of language models begin near 1e16 FLOPs",
            ExitCode.NO_ANSWER,
        )
    return flops
