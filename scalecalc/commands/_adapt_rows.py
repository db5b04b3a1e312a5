"""The parts of the answer of `adapt`."""

from math import inf
from typing import Annotated

from pydantic import Field

from scalecalc.commands._adapt_ways import Way
from scalecalc.commands._serving import Requests
from scalecalc.compute.adaptation import Cost, Reign
from scalecalc.quantity import Bytes, DeviceHours, Dollars, Duration, Flops, Share, Tokens
from scalecalc.result import Row, Shown

THOUSAND = 1000.0


class Queries(Requests):
    """A number of queries."""

    __slots__ = ()

    unit = "queries"
    noun = "a number of queries"
    metavar = "QUERIES"
    grammar = "50k, 1M, 2.5B"
    words = ("queries", "query", "requests")


class Examples(Requests):
    """A number of labeled examples."""

    __slots__ = ()

    unit = "examples"
    noun = "a number of examples"
    metavar = "EXAMPLES"
    grammar = "200, 5k"
    words = ("examples", "example", "ex")


class Characters(Tokens):
    """A number of characters."""

    __slots__ = ()

    unit = "characters"
    noun = "a number of characters"
    metavar = "CHARACTERS"
    grammar = "300k, 80M"
    words = ("characters", "character", "chars")


class WayRow(Row):
    """What a way costs; dollars are at the typical price and null where none is known."""

    way: str
    flops: Annotated[Flops | None, Shown()] = Field(title="FLOPs", description="Of preparing it.")
    gpu_hours: DeviceHours | None = Field(title="GPU-hours", description="Of preparing it.")
    usd: Dollars | None = Field(title="once", description="Dollars to prepare it.")
    gpu_hours_per_thousand: float = Field(
        title="GPU-h per 1,000", description="Device-hours for a thousand queries."
    )
    usd_per_thousand: Dollars | None = Field(title="per 1,000", description="Dollars for a thousand queries.")
    usd_over_horizon: Dollars | None = Field(title="in all", description="Dollars over the whole horizon.")
    gpu_hours_over_horizon: DeviceHours = Field(title="GPU-h in all")
    breaks_even_at: Queries | None = Field(
        title="pays from",
        description="Queries from which it costs less than examples in the prompt, cached; null if never.",
    )


class WaitRow(Row):
    """What a query computes and waits with a way."""

    way: str
    flops_per_query: Annotated[Flops, Shown()] = Field(
        title="FLOPs a query", description="To read the prompt and to write the answer."
    )
    seconds_to_first_token: Duration = Field(title="prompt")
    seconds_of_answer: Duration = Field(title="answer")
    prompt_share: Share = Field(title="prompt's share", description="Of the time of a request.")


class HeldRow(Row):
    """The devices and the memory that a way takes to answer and to train."""

    way: str
    copy_gpus: int = Field(title="GPUs of a copy", description="Devices that hold one copy to answer with.")
    copy_bytes: Bytes = Field(title="weights and cache", description="Of a copy, over all its devices.")
    copies_busy: float = Field(
        title="copies busy", description="Copies that the demand keeps fully busy; below 1 a copy idles."
    )
    training_gpus: int | None = Field(title="GPUs to train", description="The fewest that hold its training.")
    training_bytes: Bytes | None = Field(title="bytes each", description="On the fullest of these devices.")


class ReignRow(Row):
    """The demand over the horizon for which a way is the cheapest."""

    cheapest: str
    from_queries: Queries | None = Field(title="from", description="Null where it is from the first on.")
    to_queries: Queries | None = Field(title="to", description="Null where it stays the cheapest.")
    from_per_month: Queries | None = Field(title="a month from")
    to_per_month: Queries | None = Field(title="a month to")


class TransferRow(Row):
    """What pre-training is worth to fine-tuning on Python (Hernandez et al. 2021), in characters."""

    characters: Annotated[Characters, Shown(unit="characters")] = Field(
        title="fine-tuned on", description="Characters of all examples, D_F."
    )
    transferred: Annotated[Characters, Shown(unit="characters")] = Field(
        title="effective data transferred", description="Characters that pre-training stands for, D_T."
    )
    multiplier: float = Field(title="times the data", description="(D_F + D_T) / D_F.")
    law: str


def way_row(way: Way, baseline: Cost, queries: float, price: float | None) -> WayRow:
    """The row of a way, held against the baseline."""
    cost, prepared = way.cost, way.preparation

    def dollars(hours: float) -> Dollars | None:
        return None if price is None else Dollars(hours * price)

    even = None if way.name == baseline.name else cost.breaks_even(baseline)
    return WayRow(
        way=way.name,
        flops=Flops(prepared.flops) if prepared else None,
        gpu_hours=DeviceHours(cost.upfront) if prepared else None,
        usd=dollars(cost.upfront) if prepared else None,
        gpu_hours_per_thousand=THOUSAND * cost.per_query,
        usd_per_thousand=dollars(THOUSAND * cost.per_query),
        usd_over_horizon=dollars(cost.total(queries)),
        gpu_hours_over_horizon=DeviceHours(cost.total(queries)),
        breaks_even_at=None if even is None else Queries(max(1.0, even)),
    )


def wait_row(way: Way) -> WaitRow:
    """What a query computes and waits."""
    return WaitRow(
        way=way.name,
        flops_per_query=Flops(way.flops),
        seconds_to_first_token=Duration(way.answer.seconds_to_read),
        seconds_of_answer=Duration(way.answer_seconds),
        prompt_share=Share(way.prompt_share),
    )


def held_row(way: Way, queries_per_hour: float) -> HeldRow:
    """What holds the model, to answer and to train."""
    prepared = way.preparation
    return HeldRow(
        way=way.name,
        copy_gpus=way.service.devices,
        copy_bytes=Bytes(way.answer.memory),
        copies_busy=queries_per_hour * way.answer.gpu_hours / way.service.devices,
        training_gpus=prepared.devices if prepared else None,
        training_bytes=Bytes(prepared.bytes) if prepared else None,
    )


def reign_row(reign: Reign, months: float) -> ReignRow:
    """When a way is the cheapest."""
    return ReignRow(
        cheapest=reign.name,
        from_queries=_bound(reign.start),
        to_queries=_bound(reign.end),
        from_per_month=_bound(reign.start / months),
        to_per_month=_bound(reign.end / months),
    )


def _bound(queries: float) -> Queries | None:
    """An end of a range; None where there is none, below one query or beyond all."""
    return Queries(queries) if 1 <= queries < inf else None
