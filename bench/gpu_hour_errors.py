"""How far off GPU-hours are that are told before a run: ours, the usual rule of thumb, and a peer's.

Every run is predicted from the others (`scalecalc check`), so that no prediction has seen its answer. The
rule of thumb is 6ND / (peak * 40 %), which has seen none either. The peer is llm-analysis 0.2.2, the one
released package found that tells training GPU-hours; it knows some of the devices and dense shapes only.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import statistics
from typing import TYPE_CHECKING

from fit_comparison import named
from tabulated import Cell, Column, Table

from scalecalc import tables
from scalecalc.compute.check import Prediction, check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scalecalc.compute.training_run import TrainingRun

RULE_UTILIZATION = 0.40

PEER_EFFICIENCY = 0.5
"""What the peer's documentation says to assume where nothing was measured; its own default is 1."""

PEER_DEVICES = 1024
"""Where the devices are not published; they hardly matter without a model of their network."""

HEAD_WIDTH = 128
VOCABULARY = 32_000

COLUMNS = (
    Column("prediction"),
    Column("of"),
    Column("runs", "count"),
    Column("half within a factor of", "factor"),
    Column("80 % within", "factor"),
    Column("worst", "factor"),
    Column("geometric mean of actual / predicted", "factor"),
)


def errors() -> Table:
    """Error factors of predicted GPU-hours, over all runs and over those that the peer answers."""
    found = check(tables.training_runs(), tables.accelerators(), tables.utilizations())
    ours = {each.run.id: each.actual / each.typical for each in found.predictions}
    rule = {each.run.id: each.actual / by_rule(each.run) for each in found.predictions}
    rows = list(_compared(ours, rule, found.predictions))
    if apart := found.strangers:
        half, worst = apart.median_error_factor, apart.worst_error_factor
        rows.insert(
            1, ("the same, without the runs of the same paper", "all", apart.runs, half, None, worst, None)
        )
    peer, reason = _peer(found.predictions)
    if reason:
        rows.append((named("llm-analysis"), reason, *(None,) * 5))
    else:
        shared = "answered by the peer"
        for label, ratios in (
            ("scalecalc check", ours),
            ("6ND at 40 % of peak", rule),
            (_peer_label(), peer),
        ):
            rows.append(_row(label, shared, [ratios[run] for run in peer]))
    note = (
        "scalecalc predicts each run from the others of its hardware and kind, with attention in "
        "the FLOPs where the shape is known; the rule of thumb is 6ND / (peak x 40 %). The peer is "
        "told its documentation's advice of 50 %, data parallelism, and a batch of one sequence on "
        "each device."
    )
    return Table("gpu-hours", "GPU-hours of published runs", COLUMNS, tuple(rows), (note,))


def _compared(
    ours: Mapping[str, float], rule: Mapping[str, float], predictions: Sequence[Prediction]
) -> list[tuple[Cell, ...]]:
    """Rows of us and of the rule of thumb, for all runs and for each group."""
    groups = dict.fromkeys(each.group for each in predictions)
    kinds = {"all": [each.run.id for each in predictions]} | {
        group: [each.run.id for each in predictions if each.group == group] for group in groups
    }
    return [
        _row(label, kind, [ratios[run] for run in ids])
        for kind, ids in kinds.items()
        for label, ratios in (("scalecalc check", ours), ("6ND at 40 % of peak", rule))
    ]


def _row(label: str, kind: str, ratios: Sequence[float]) -> tuple[Cell, ...]:
    factors = sorted(max(ratio, 1 / ratio) for ratio in ratios)
    most = factors[math.ceil(0.8 * len(factors)) - 1]
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    return label, kind, len(factors), statistics.median(factors), most, factors[-1], mean


def by_rule(run: TrainingRun) -> float:
    """GPU-hours by 6ND / (peak * 40 %); N counts the active parameters."""
    device = tables.accelerators()[run.hardware]
    params, tokens = run.active_params or run.params or math.nan, run.tokens or math.nan
    return 6 * params * tokens / (3600 * RULE_UTILIZATION * device.peak(device.training_dtype))


def _peer_label() -> str:
    return f"{named('llm-analysis')} at {PEER_EFFICIENCY:.0%}"


def _peer(predictions: Sequence[Prediction]) -> tuple[dict[str, float], str]:
    """Actual over predicted hours by run, and why there are none."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            from llm_analysis import analysis
    except ImportError as error:
        return {}, f"not installed: no module {error.name}"
    logging.disable(logging.CRITICAL)
    ratios = {}
    for run in (each.run for each in predictions):
        if run.kind == "dense" and run.counts_attention:
            with contextlib.suppress(ValueError):
                ratios[run.id] = run.gpu_hours / _peer_hours(analysis, run)
    logging.disable(logging.NOTSET)
    return ratios, "" if ratios else "it knows none of the devices"


def _peer_hours(analysis, run: TrainingRun) -> float:  # type: ignore[no-untyped-def]
    """GPU-hours by llm-analysis: data parallel, ZeRO 1, 16 bits; an unknown device is a ValueError."""
    from llm_analysis import config

    model = config.ModelConfig(
        name=run.id,
        num_layers=run.n_layers,
        n_head=max(1, run.d_attention // HEAD_WIDTH),
        hidden_dim=run.d_attention,
        vocab_size=VOCABULARY,
        max_seq_len=run.sequence,
    )
    devices = run.devices or PEER_DEVICES
    planned = analysis.LLMAnalysis(
        model,
        config.get_gpu_config_by_name(run.hardware),
        config.get_dtype_config_by_name("w16a16e16"),
        config.ParallelismConfig(dp_size=devices),
        flops_efficiency=PEER_EFFICIENCY,
    )
    told = planned.training(
        total_num_tokens=int(run.tokens),
        global_batch_size=devices,
        batch_size_per_gpu=1,
        ds_zero=analysis.DSZeRO(1),
    )
    return float(told["gpu_hours"])
