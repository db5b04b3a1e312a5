import csv
from functools import cache
from pathlib import Path

import pytest

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.plausibility import judge
from scalecalc.compute.training_run import TrainingRun

DATA = Path(__file__).parents[2] / "data"


def table(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def runs() -> dict[str, TrainingRun]:
    return {run.id: run for run in map(TrainingRun.from_row, table("training_runs.csv"))}


@cache
def accelerators() -> dict[str, Accelerator]:
    return {device.id: device for device in map(Accelerator.from_row, table("accelerators.csv"))}


def test_flops_are_six_n_d_with_attention_where_the_shape_is_known():
    # 6ND is 5.484e23 for LLaMA 65B, and 5.71e23 with attention in full
    llama, scout = runs()["llama-65b"], runs()["llama-4-scout-109b-a17b"]
    assert llama.counts_attention
    assert llama.flops == pytest.approx(5.71e23, rel=1e-3)
    assert not scout.counts_attention
    assert scout.flops == pytest.approx(6 * 17e9 * 40e12)


def test_a_mixture_counts_its_active_parameters():
    assert runs()["jetmoe-8b-a2.2b"].flops == 6 * 2.2e9 * 1.25e12


@pytest.mark.parametrize(
    ("name", "peak", "mfu"),
    [
        # Chowdhery et al. 2022, appendix B: 46.2 % steady with attention, 30 % end to end by the hours
        ("palm-540b", 275e12, 0.308),
        ("llama-3.1-405b", 989.4e12, 0.375),
        ("gpt-2-774m-llm.c", 312e12, 0.644),
    ],
)
def test_the_mfu_is_of_all_hours(name, peak, mfu):
    assert runs()[name].mfu(peak) == pytest.approx(mfu, abs=2e-3)


def test_without_hours_or_tokens_there_is_no_mfu():
    assert runs()["chinchilla-70b"].mfu(312e12) is None
    assert runs()["lamda-137b"].flops is None


def test_what_was_not_published_is_none_and_what_is_unverified_is_marked():
    run = runs()["llama-3-8b"]
    assert (run.devices, run.reported_mfu) == (None, None)
    assert runs()["deepseek-llm-67b"].unverified == ("n_layers", "d_attention", "sequence")
    assert runs()["palm-8b"].verification == "memory"


def test_a_run_left_out_has_its_reason():
    assert runs()["llama-3.2-1b"].left_out == "distilled: the larger model is in the hours"
    assert not runs()["llama-3.2-1b"].used


def test_every_run_is_used_or_has_a_reason():
    assert sum(run.used for run in runs().values()) == 41
    assert all(run.used != bool(run.left_out) for run in runs().values())


def test_a_used_run_is_a_finished_one_at_an_ordinary_mfu():
    for run in (run for run in runs().values() if run.used):
        device = accelerators()[run.hardware]
        mfu = run.mfu(device.peak(device.training_dtype))
        assert mfu is not None
        assert judge(mfu).verdict == "ordinary", run.id
        assert (run.scope, run.kind in ("dense", "moe")) == ("full", True)


def test_hardware_is_in_the_table_of_accelerators():
    assert all(not run.hardware or run.hardware in accelerators() for run in runs().values())


def test_attention_is_known_whole_or_not_at_all():
    for run in runs().values():
        assert len({bool(known) for known in (run.n_layers, run.d_attention, run.sequence)}) == 1, run.id


def test_no_utilization_by_the_model_exceeds_that_of_the_hardware():
    for row in table("training_runs.csv"):
        if row["reported_mfu"] and row["reported_hfu"]:
            assert float(row["reported_mfu"]) < float(row["reported_hfu"]), row["id"]


def test_the_header_of_a_script_that_cannot_be_is_told_as_impossible():
    # llm.c prints 150 ms for a step of GPT-3 125M on eight A100: 105 % by 6ND, 137 % with attention
    mfu = runs()["gpt-3-125m-llm.c"].mfu(312e12)
    assert mfu is not None
    assert judge(mfu).verdict == "impossible"
