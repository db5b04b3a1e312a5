"""A result with every kind of field, and text that renderers might take for their own."""

from typing import Annotated

import pytest
from pydantic import Field

from scalecalc.quantity import Params, Share
from scalecalc.result import Estimate, Note, Result, Row, Shown, Span


class Part(Row):
    share: Share
    size: Params | None = Field(None, title="model size")


class Line(Row):
    name: str
    count: Annotated[int, Shown(unit="runs")] = Field(title="how many")
    loss: Annotated[float | None, Shown(digits=4)] = None
    part: Part | None = None
    empty: str | None = None


class Everything(Result):
    told = frozenset({"already"})

    already: str = "said"
    size: Annotated[Params, Shown(unit="parameters")] = Field(title="model size")
    loss: Annotated[float, Shown(digits=4)]
    proven: bool = True
    estimate: Estimate
    span: Span
    tags: tuple[str, ...] = ()
    absent: float | None = None
    infinite: float = float("inf")
    part: Part
    lines: tuple[Line, ...] = Field(title="one each")

    def headline(self) -> str:
        return "[bold]all[/bold] | of *it*"


@pytest.fixture
def everything():
    lines = (
        Line(name="[red]x[/red]", count=3, loss=1.0),
        Line(name="a|b\nc", count=12, part=Part(share=Share(0.5))),
    )
    return Everything(
        size=Params(70e9),
        loss=2.0,
        estimate=Estimate(value=Params(2e9), low=Params(1e9), high=Params(3e9)),
        span=Span(low=Params(1e9), high=Params(3e9)),
        tags=("one", "two"),
        part=Part(share=Share(0.4)),
        lines=lines,
        assumptions=("C = 6ND",),
        notes=(Note(code="odd", message="odd", level="warning"),),
        sources=("a <b>paper</b>",),
    )
