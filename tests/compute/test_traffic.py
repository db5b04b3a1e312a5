import pytest

from scalecalc.compute.layout import Batch, Layout, Precision
from scalecalc.compute.memory import held_by
from scalecalc.compute.traffic import traffic
from scalecalc.compute.transformer import Latent, Shape, styled

LLAMA = Shape(n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256)

BATCH = Batch(tokens=8192)


def sent(layout, batch=BATCH, micro_batches=1, shape=LLAMA):
    return traffic(shape, layout, batch, Precision(), micro_batches)


def test_one_device_sends_nothing():
    assert sent(Layout()).total == 0


def test_tensor_parallelism_reduces_four_times_in_a_layer():
    # an all-reduce over t devices sends 2 (t - 1) / t of the tensor, here 8192 x 4096 in 16 bits
    tensor = 8192 * 4096 * 2
    assert sent(Layout(tensor=8)).tensor == 32 * 4 * 2 * 7 / 8 * tensor
    assert sent(Layout(tensor=8), Batch(tokens=8192, recompute="full")).tensor == 32 * 6 * 2 * 7 / 8 * tensor


def test_a_pipeline_sends_the_state_forward_and_its_gradient_back():
    assert sent(Layout(pipeline=4), micro_batches=3).pipeline == 3 * 2 * 8192 * 4096 * 2


@pytest.mark.parametrize(("zero", "bytes_per_param"), [(0, 4), (1, 4), (2, 4), (3, 6)])
def test_zero_sends_what_its_paper_says(zero, bytes_per_param):
    # Rajbhandari et al. 2020 (arXiv 1910.02054), section 7: 2 N values up to stage 2, 3 N at stage 3
    layout = Layout(data=64, zero=zero)
    held = held_by(LLAMA, layout).total
    assert sent(layout).data == pytest.approx(63 / 64 * bytes_per_param * held)


def test_zero_3_sends_for_every_micro_batch():
    layout = Layout(data=64, zero=3)
    assert sent(layout, micro_batches=4).data == pytest.approx(4 * sent(layout).data)


def test_context_parallelism_passes_keys_and_values_around():
    # each of 4 devices hands its own keys and values on three times, then again with their gradients
    own = 8192 / 4 * 2 * 1024 * 2
    assert sent(Layout(context=4)).context == 32 * 3 * 3 * own


def test_expert_parallelism_sends_each_token_to_its_experts_and_back():
    mixture = styled(
        "moe", n_layers=2, d_model=64, n_heads=4, n_kv_heads=4, d_head=16, d_ff=128, vocab=100, n_experts=8,
        n_active_experts=2,
    )  # fmt: skip
    layout = Layout(data=4, expert=4)
    expected = 2 * 4 * 3 / 4 * 2 * (8192 * 64 * 2)
    assert sent(layout, shape=mixture).expert == expected


def test_latent_keys_go_around_with_their_positions():
    shape = Shape(
        n_layers=1, d_model=64, n_heads=4, n_kv_heads=4, d_head=16, d_ff=128, vocab=100,
        latent=Latent(kv_rank=8, d_rope=4, d_value=12),
    )  # fmt: skip
    assert sent(Layout(context=2), shape=shape).context == 3 * (8192 / 2) * 4 * (16 + 4 + 12) * 2
