import csv
from pathlib import Path

import pytest

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.layout import Batch, Layout, Precision
from scalecalc.compute.layouts import (
    IGNORED,
    Cluster,
    Run,
    candidates,
    fewest_devices,
    largest_micro_batch,
    layouts,
)
from scalecalc.compute.memory import memory
from scalecalc.compute.transformer import Shape, styled

LLAMA_8B = Shape(n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256)
LLAMA_70B = Shape(n_layers=80, d_model=8192, n_heads=64, n_kv_heads=8, d_head=128, d_ff=28672, vocab=128256)
MIXTRAL = styled(
    "moe", n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=32000,
    n_experts=8, n_active_experts=2,
)  # fmt: skip

H100 = {"memory": 80e9, "peak": 989.4e12, "link": 450e9}


def test_a_cluster_is_made_of_an_accelerator():
    table = Path(__file__).parents[2] / "data" / "accelerators.csv"
    with table.open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == "h100-sxm-80gb")
    assert Cluster.of(Accelerator.from_row(row), 512) == Cluster(devices=512, **H100)


@pytest.mark.parametrize("shape", [LLAMA_8B, LLAMA_70B, MIXTRAL])
def test_every_layout_fits_uses_all_devices_and_works_through_the_batch(shape):
    run, cluster = Run(shape=shape, tokens=8192, sequences=256), Cluster(devices=128, **H100)
    fits = layouts(run, cluster)
    assert fits
    for fit in fits:
        assert fit.layout.devices == 128
        assert fit.memory.total <= 0.95 * 80e9
        assert fit.memory == memory(shape, fit.layout, fit.batch)
        assert fit.micro_batches * fit.batch.micro_batch * fit.layout.data == 256


def test_the_cheapest_communication_stands_first():
    fits = layouts(Run(shape=LLAMA_70B, tokens=8192, sequences=512), Cluster(devices=512, **H100))
    assert [fit.waiting for fit in fits] == sorted(fit.waiting for fit in fits)
    for fit in fits:
        assert fit.waiting == fit.bubble * fit.compute + fit.exposed
        assert fit.seconds == fit.compute + fit.waiting


def test_recomputing_hides_no_traffic():
    # only the backward pass of the model's own FLOPs does, two thirds of them at 55 % of peak
    run = Run(shape=LLAMA_8B, tokens=8192, sequences=64)
    slow = Cluster(devices=64, network=5e9, **H100)
    hiding = 2 / 3 * run.flops / (64 * 989.4e12 * 0.55)
    alone = [fit for fit in layouts(run, slow) if fit.traffic.data == fit.traffic.total]
    assert {"none", "full"} & {fit.batch.recompute for fit in alone}
    for fit in alone:
        assert fit.exposed == pytest.approx(max(0, fit.traffic.data / 5e9 - hiding))


def test_selective_recomputation_costs_attention_and_saves_only_scores():
    run = Run(shape=LLAMA_8B, tokens=8192, sequences=64)
    # 4 d T of 2 (N - input table) + 4 d T FLOPs forward, causal halves: 2 d T of 16.1 GFLOPs, 32 layers
    attention = 32 * 2 * 4096 * 8192
    forward = 2 * (8.03e9 - 128256 * 4096) + attention
    assert run.recomputed("selective") == pytest.approx(attention / forward, rel=0.02)
    flash = {fit.batch.recompute for fit in layouts(run, CLUSTER)}
    assert "selective" not in flash


def test_tensor_parallelism_stays_within_a_node():
    run = Run(shape=LLAMA_70B, tokens=8192, sequences=512)
    assert max(layout.tensor for layout in candidates(run, Cluster(devices=512, **H100))) == 8
    assert max(layout.tensor for layout in candidates(run, Cluster(devices=512, node=4, **H100))) == 4


def test_only_long_sequences_are_split():
    short, long = (
        {layout.context for layout in candidates(Run(shape=LLAMA_8B, tokens=tokens, sequences=64), CLUSTER)}
        for tokens in (8192, 131072)
    )
    assert short == {1}
    assert long == {1, 2, 4, 8}


CLUSTER = Cluster(devices=64, **H100)


def test_a_pipeline_waits_for_its_ends():
    # Narayanan et al. 2021 (arXiv 2104.04473), section 2.2: (p - 1) / m
    fits = layouts(Run(shape=LLAMA_8B, tokens=8192, sequences=64), CLUSTER)
    piped = [fit for fit in fits if fit.layout.pipeline > 1]
    assert piped
    for fit in piped:
        assert fit.bubble == (fit.layout.pipeline - 1) / fit.micro_batches
    assert all(fit.bubble == 0 for fit in fits if fit.layout.pipeline == 1)


def test_slower_links_lengthen_the_step():
    run = Run(shape=LLAMA_70B, tokens=8192, sequences=512)
    fast, slow = (
        layouts(run, Cluster(devices=512, memory=80e9, peak=989.4e12, link=link))[0]
        for link in (450e9, 200e9)
    )
    assert slow.seconds > fast.seconds


def test_a_run_too_large_for_the_cluster_has_no_layout():
    assert layouts(Run(shape=LLAMA_70B, tokens=8192, sequences=8), Cluster(devices=8, **H100)) == ()


@pytest.mark.parametrize(("shape", "devices"), [(LLAMA_8B, 2), (LLAMA_70B, 16)])
def test_the_fewest_devices_hold_the_states_and_half_of_them_do_not(shape, devices):
    # 16 bytes per parameter: 128 GB and 1,129 GB of 76 GB each
    run = Run(shape=shape, tokens=8192, sequences=1)
    assert fewest_devices(run, Cluster(devices=1, **H100)) == devices
    assert fewest_devices(run, Cluster(devices=1, **H100), most=devices // 2) is None


@pytest.mark.parametrize("recompute", ["none", "full"])
def test_one_more_sequence_than_the_largest_micro_batch_does_not_fit(recompute):
    layout, batch = Layout(data=8, zero=3), Batch(tokens=2048, recompute=recompute)
    most = largest_micro_batch(LLAMA_8B, layout, batch, Precision(), 76e9)
    assert most >= 1

    def used(count):
        one = Batch(tokens=2048, recompute=recompute, micro_batch=count)
        return memory(LLAMA_8B, layout, one).total

    assert used(most) <= 76e9 < used(most + 1)


def test_no_sequence_fits_where_the_states_do_not():
    assert largest_micro_batch(LLAMA_70B, Layout(), Batch(tokens=2048), Precision(), 76e9) == 0


def test_what_the_estimate_ignores_is_told():
    assert "latencies" in IGNORED[0]


def test_a_cluster_has_devices_and_a_run_tokens():
    with pytest.raises(ValueError, match="devices must be positive"):
        Cluster(devices=0, **H100)
    with pytest.raises(ValueError, match="tokens must be positive"):
        Run(shape=LLAMA_8B, tokens=0, sequences=1)
