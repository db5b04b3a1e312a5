import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.activations import kept_per_token, layer_input, recomputed_per_token
from scalecalc.compute.layout import Batch, Layout
from scalecalc.compute.transformer import Latent, Shape, styled


def gpt(layers, width, heads):
    return styled(
        "gpt2", n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=heads, d_head=width // heads,
        d_ff=4 * width, vocab=51200,
    )  # fmt: skip


GPT3, MT_NLG = gpt(96, 12288, 96), gpt(105, 20480, 128)

LLAMA = Shape(n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256)

KORTHIKANTI = Batch(tokens=2048, flash=False, dropout=True)


def per_device(shape, batch, layout, *, moe=False):
    return kept_per_token(shape, batch, moe=moe).per_device(layout)


# Korthikanti et al. 2022 (arXiv 2205.05198), table 2: bytes per layer are s b h times these


@pytest.mark.parametrize("shape", [GPT3, MT_NLG])
def test_a_layer_keeps_34_h_and_5_a_s(shape):
    h, a, s = shape.d_model, shape.n_heads, 2048
    assert per_device(shape, KORTHIKANTI, Layout()) == pytest.approx(34 * h + 5 * a * s)


@pytest.mark.parametrize("tensor", [2, 8])
def test_tensor_parallelism_leaves_10_h_on_every_device(tensor):
    h, a, s = GPT3.d_model, GPT3.n_heads, 2048
    layout = Layout(tensor=tensor, sequence_parallel=False)
    expected = 10 * h + 24 * h / tensor + 5 * a * s / tensor
    assert per_device(GPT3, KORTHIKANTI, layout) == pytest.approx(expected)


def test_sequence_parallelism_splits_all_of_it():
    h, a, s = GPT3.d_model, GPT3.n_heads, 2048
    layout = Layout(tensor=8)
    assert per_device(GPT3, KORTHIKANTI, layout) == pytest.approx((34 * h + 5 * a * s) / 8)


@pytest.mark.parametrize(("shape", "saved"), [(GPT3, 0.70), (MT_NLG, 0.65)])
def test_selective_recomputation_saves_what_the_paper_says(shape, saved):
    # section 5: 5as/h is 80 for GPT-3 and 64 for MT-NLG, so that 70 % and 65 % are saved
    selective = Batch(tokens=2048, flash=False, dropout=True, recompute="selective")
    kept = per_device(shape, selective, Layout())
    assert kept == 34 * shape.d_model
    assert 1 - kept / per_device(shape, KORTHIKANTI, Layout()) == pytest.approx(saved, abs=0.005)


def test_full_recomputation_keeps_the_input_of_a_layer():
    assert layer_input(GPT3, KORTHIKANTI, Layout()) == 2 * GPT3.d_model
    assert layer_input(GPT3, KORTHIKANTI, Layout(tensor=8)) == 2 * GPT3.d_model / 8
    assert layer_input(GPT3, KORTHIKANTI, Layout(tensor=8, sequence_parallel=False)) == 2 * GPT3.d_model


def test_flash_attention_keeps_one_number_of_each_head_instead_of_scores():
    with_scores = per_device(LLAMA, Batch(tokens=8192, flash=False), Layout())
    without = per_device(LLAMA, Batch(tokens=8192), Layout())
    assert with_scores - without == 32 * (2 * 8192 - 4)


def test_shared_keys_and_gates_are_as_wide_as_they_are():
    # inputs of two norms and their outputs 8 d; queries and results 4 a, keys and values 4 k; three of 2 f
    d, k, f = 4096, 1024, 14336
    expected = 8 * d + 4 * d + 4 * k + 6 * f + 4 * 32
    assert per_device(LLAMA, Batch(tokens=8192), Layout()) == expected


def test_a_layer_with_experts_keeps_those_of_a_token_and_its_copies():
    mixture = styled(
        "moe", n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256,
        n_experts=8, n_active_experts=2,
    )  # fmt: skip
    batch = Batch(tokens=8192)
    more = per_device(mixture, batch, Layout(), moe=True) - per_device(LLAMA, batch, Layout())
    assert more == 6 * 14336 + 2 * 2 * 2 * 4096


def test_latent_attention_keeps_its_latents_and_all_heads():
    latent = Latent(kv_rank=512, q_rank=1536, d_rope=64, d_value=128)
    shape = styled(
        "llama", n_layers=1, d_model=7168, n_heads=128, n_kv_heads=128, d_head=128, d_ff=18432, vocab=100,
        latent=latent,
    )  # fmt: skip
    kept = kept_per_token(shape, Batch(tokens=4096), moe=False)
    heads = 2 * 128 * (128 + 64) + 2 * 128 * 128
    assert kept.split == 2 * (heads + 2 * (512 + 1536) + 64 + 3 * 18432) + 4 * 128


@given(tensor=st.sampled_from([1, 2, 4, 8]), sequence=st.booleans())
def test_each_way_to_recompute_keeps_less_than_the_one_before(tensor, sequence):
    layout = Layout(tensor=tensor, sequence_parallel=sequence)
    everything = per_device(LLAMA, Batch(tokens=8192), layout)
    alternate = per_device(LLAMA, Batch(tokens=8192, recompute="alternate"), layout)
    full = layer_input(LLAMA, Batch(tokens=8192, recompute="full"), layout)
    assert everything > alternate > full
    again = recomputed_per_token(LLAMA, Batch(tokens=8192, recompute="full"), layout, moe=False)
    assert again == everything
    assert recomputed_per_token(LLAMA, Batch(tokens=8192), layout, moe=False) == 0
