"""What a budget of GPUs and time, or of money, comes to; a part of several results."""

from typing import Annotated

from pydantic import Field

from scalecalc.result import Estimate, Row, Shown


class Spending(Row):
    """GPUs, time, money and the compute that they buy; seconds, US dollars, FLOPs."""

    accelerator: str
    gpus: int | None = Field(None, title="GPUs")
    seconds: Estimate | None = Field(None, title="time")
    gpu_hours: Annotated[Estimate, Shown(digits=4)] = Field(title="GPU-hours")
    usd: Estimate | None = Field(None, title="cost")
    mfu: Estimate = Field(title="MFU")
    flops: Annotated[Estimate, Shown(unit="FLOPs")] = Field(title="compute")
