import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.transformer import (
    FORMULAS,
    Shape,
    chinchilla_params,
    gpt2_params,
    llama_params,
    moe_active_params,
    moe_params,
    neox_params,
    non_embedding_params,
)

DATA = Path(__file__).parents[2] / "data"


def llama(layers, width, heads, kv_heads, ffn, vocab, *, tied=False):
    return Shape(
        n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=kv_heads, d_head=width // heads, d_ff=ffn,
        vocab=vocab, tied_embeddings=tied,
    )  # fmt: skip


def gpt(layers, width, heads, vocab, context=0):
    return Shape(
        n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=heads, d_head=width // heads,
        d_ff=4 * width, vocab=vocab, context=context,
    )  # fmt: skip


MIXTRAL = Shape(
    n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=32000,
    n_experts=8, n_active_experts=2,
)  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "params"),
    [
        (gpt(12, 768, 12, 50257, 1024), 124_439_808),  # GPT-2 small
        (gpt(48, 1600, 25, 50257, 1024), 1_557_611_200),  # GPT-2 XL
        (gpt(12, 768, 12, 50257, 0), 123_653_376),  # GPT-2 small as nanoGPT counts it, without positions
    ],
)
def test_the_gpt2_formula_counts_released_models_exactly(shape, params):
    assert gpt2_params(shape) == params


@pytest.mark.parametrize(
    ("shape", "params"),
    [
        (gpt(6, 512, 8, 50304), 70_426_624),  # Pythia 70M
        (gpt(12, 768, 12, 50304), 162_322_944),  # Pythia 160M
        (gpt(24, 1024, 16, 50304), 405_334_016),  # Pythia 410M
        (gpt(16, 2048, 8, 50304), 1_011_781_632),  # Pythia 1B
        (gpt(32, 2560, 32, 50304), 2_775_208_960),  # Pythia 2.8B
    ],
)
def test_the_neox_formula_counts_released_models_exactly(shape, params):
    # Biderman et al. 2023 (arXiv 2304.01373), table 1
    assert neox_params(shape) == params


@pytest.mark.parametrize(
    ("shape", "params"),
    [
        (llama(32, 4096, 32, 32, 11008, 32000), 6_738_415_616),  # Llama 2 7B
        (llama(40, 5120, 40, 40, 13824, 32000), 13_015_864_320),  # Llama 2 13B
        (llama(80, 8192, 64, 8, 28672, 32000), 68_976_648_192),  # Llama 2 70B
        (llama(32, 4096, 32, 8, 14336, 128256), 8_030_261_248),  # Llama 3 8B
        (llama(80, 8192, 64, 8, 28672, 128256), 70_553_706_496),  # Llama 3 70B
        (llama(126, 16384, 128, 8, 53248, 128256), 405_853_388_800),  # Llama 3.1 405B
        (llama(16, 2048, 32, 8, 8192, 128256, tied=True), 1_235_814_400),  # Llama 3.2 1B
        (llama(32, 4096, 32, 8, 14336, 32000), 7_241_732_096),  # Mistral 7B
    ],
)
def test_the_llama_formula_counts_released_models_exactly(shape, params):
    assert llama_params(shape) == params


def test_the_moe_formula_counts_mixtral_exactly():
    assert moe_params(MIXTRAL) == 46_702_792_704
    assert moe_active_params(MIXTRAL) == 12_879_925_248


def test_the_chinchilla_formula_gives_the_fifty_printed_sizes():
    # Hoffmann et al. 2022 (arXiv 2203.15556), table A9; a size printed as 44M or 57M may be off by 1 % alone
    with (DATA / "chinchilla_models.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 50
    for row in table:
        sizes = {name: int(row[name]) for name in ("n_layers", "d_model", "n_heads", "d_head", "d_ff")}
        shape = Shape(**sizes, n_kv_heads=sizes["n_heads"], vocab=32000)
        assert chinchilla_params(shape) == pytest.approx(int(row["params"]), rel=0.01), row["id"]


def test_kaplans_count_is_twelve_layers_width_squared():
    shape = gpt(96, 12288, 96, 50257)
    assert non_embedding_params(shape) == 12 * 96 * 12288**2


sizes = st.integers(1, 64)
shapes = st.builds(
    Shape,
    n_layers=sizes, d_model=sizes, n_heads=sizes, n_kv_heads=sizes, d_head=sizes, d_ff=sizes, vocab=sizes,
    context=sizes,
)  # fmt: skip


def listed_llama_matrices(shape):
    """Elements of every matrix and gain, one by one, as a model would make them."""
    d, queries, keys = shape.d_model, shape.n_heads * shape.d_head, shape.n_kv_heads * shape.d_head
    attention = [d * queries, d * keys, d * keys, queries * d]
    layer = [*attention, d * shape.d_ff, d * shape.d_ff, shape.d_ff * d, d, d]
    return [shape.vocab * d, *layer * shape.n_layers, d, d * shape.vocab]


@given(shape=shapes)
def test_the_llama_formula_is_the_sum_over_its_matrices(shape):
    assert llama_params(shape) == sum(listed_llama_matrices(shape))


@given(shape=shapes)
def test_one_expert_and_a_router_make_a_mixture_of_a_llama(shape):
    mixture = replace(shape, n_experts=1, n_active_experts=1)
    router = shape.n_layers * shape.d_model
    assert moe_params(mixture) == moe_active_params(mixture) == llama_params(shape) + router


@given(shape=shapes)
def test_a_mixture_whose_layers_are_all_dense_is_a_llama(shape):
    mixture = replace(shape, n_experts=4, n_dense_layers=shape.n_layers, d_ff_dense=shape.d_ff)
    assert moe_params(mixture) == llama_params(shape)


@given(shape=shapes, formula=st.sampled_from(sorted(set(FORMULAS) - {"moe"})))
def test_every_formula_exceeds_the_weights_of_the_layers(shape, formula):
    multi_head = replace(shape, n_kv_heads=shape.n_heads)  # Kaplan counts keys as wide as queries
    assert FORMULAS[formula](multi_head) > non_embedding_params(multi_head)
