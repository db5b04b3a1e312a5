import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.parameters import non_embedding_params, parameters
from scalecalc.compute.transformer import STYLES, Latent, Shape, styled

DATA = Path(__file__).parents[2] / "data"


def gpt(style, layers, width, heads, vocab, context=0):
    return styled(
        style, n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=heads, d_head=width // heads,
        d_ff=4 * width, vocab=vocab, context=context,
    )  # fmt: skip


MIXTRAL = Shape(
    n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=32000,
    n_experts=8, n_active_experts=2,
)  # fmt: skip

DEEPSEEK_V3 = styled(
    "deepseek3", n_layers=61, d_model=7168, n_heads=128, n_kv_heads=128, d_head=128, d_ff=2048, vocab=129280,
    n_experts=256, n_active_experts=8, n_shared_experts=1, n_dense_layers=3, d_ff_dense=18432,
    latent=Latent(kv_rank=512, q_rank=1536, d_rope=64, d_value=128),
)  # fmt: skip


def test_positions_are_counted_where_they_are_learned():
    # GPT-2 small with its table of positions, and as nanoGPT counts it, without
    assert parameters(gpt("gpt2", 12, 768, 12, 50257, 1024)).total == 124_439_808
    assert parameters(gpt("gpt2", 12, 768, 12, 50257)).total == 123_653_376


@pytest.mark.parametrize(
    ("layers", "width", "heads", "non_embedding"),
    [
        (6, 512, 8, 18_915_328),
        (12, 768, 12, 85_056_000),
        (24, 1024, 16, 302_311_424),
        (16, 2048, 8, 805_736_448),
        (24, 2048, 16, 1_208_602_624),
        (32, 2560, 32, 2_517_652_480),
        (32, 4096, 32, 6_444_163_072),
        (36, 5120, 40, 11_327_027_200),
    ],
)
def test_parameters_without_embeddings_are_those_that_pythia_prints(layers, width, heads, non_embedding):
    # Biderman et al. 2023 (arXiv 2304.01373), table 1
    assert parameters(gpt("neox", layers, width, heads, 50304)).non_embedding == non_embedding


def test_the_embeddings_of_a_small_model_are_most_of_it():
    # 73 % of Pythia 70M, so that 6N differs 3.7 times between the two counts
    pythia = parameters(gpt("neox", 6, 512, 8, 50304))
    assert pythia.total / pythia.non_embedding == pytest.approx(3.72, abs=0.005)


def test_a_mixture_counts_all_experts_and_those_of_a_token_apart():
    # Jiang et al. 2024 (arXiv 2401.04088): 47B parameters, of which 13B are active
    count = parameters(MIXTRAL)
    assert (count.total, count.active) == (46_702_792_704, 12_879_925_248)
    assert count.router == 32 * 4096 * 8


def test_latent_attention_and_shared_experts_are_those_of_deepseek_v3():
    # weights of DeepSeek-V3 as its authors list them: 671B in all, 0.9B for each table; 36.7B activated with
    # one of the tables, which is what multiplies a token
    count = parameters(DEEPSEEK_V3)
    assert count.total == pytest.approx(671e9, rel=1e-3)
    assert count.embeddings == count.head == pytest.approx(0.927e9, rel=1e-3)
    assert count.active - count.embeddings == pytest.approx(36.7e9, rel=3e-3)
    assert count.weights == pytest.approx(count.active - count.embeddings, rel=1e-4)


@pytest.mark.parametrize(
    ("layers", "width", "heads", "billions"),
    [(32, 4096, 16, 8.63), (64, 8192, 32, 62.50), (118, 18432, 48, 540.35)],
)
def test_palms_parallel_blocks_with_one_key_head_give_its_printed_sizes(layers, width, heads, billions):
    # Chowdhery et al. 2022 (arXiv 2204.02311), table 1; heads of 256, gated, no biases, a tied table of 256k
    shape = styled(
        "palm", n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=1, d_head=256, d_ff=4 * width,
        vocab=256_000,
    )  # fmt: skip
    assert parameters(shape).total / 1e9 == pytest.approx(billions, abs=0.0075)


def test_the_chinchilla_style_gives_the_fifty_printed_sizes():
    # Hoffmann et al. 2022 (arXiv 2203.15556), table A9; a size printed as 44M or 57M may be off by 1 % alone
    with (DATA / "chinchilla_models.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 50
    for row in table:
        sizes = {name: int(row[name]) for name in ("n_layers", "d_model", "n_heads", "d_head", "d_ff")}
        shape = styled("chinchilla", **sizes, n_kv_heads=sizes["n_heads"], vocab=32000)
        assert parameters(shape).total == pytest.approx(int(row["params"]), rel=0.01), row["id"]


def test_kaplans_count_is_twelve_layers_width_squared():
    # GPT-3 175B: arXiv 2001.08361, eq. 2.1
    assert non_embedding_params(gpt("gpt2", 96, 12288, 96, 50257)) == 12 * 96 * 12288**2


sizes = st.integers(1, 64)
shapes = st.builds(
    Shape,
    n_layers=sizes, d_model=sizes, n_heads=sizes, n_kv_heads=sizes, d_head=sizes, d_ff=sizes, vocab=sizes,
    tied_embeddings=st.booleans(), gated=st.booleans(), qkv_bias=st.booleans(), output_bias=st.booleans(),
    mlp_bias=st.booleans(), norm=st.sampled_from(["rms", "layer", "none"]),
    norms_per_layer=st.sampled_from([1, 2, 4]), qk_norm=st.sampled_from(["none", "head", "full"]),
    learned_positions=st.integers(0, 64),
)  # fmt: skip


def listed_tensors(shape):
    """Elements of every matrix, bias and gain of a dense model, one by one, as a program would make them."""
    d, queries, keys, f = (
        shape.d_model,
        shape.n_heads * shape.d_head,
        shape.n_kv_heads * shape.d_head,
        shape.d_ff,
    )
    vectors = {"rms": 1, "layer": 2, "none": 0}[shape.norm]
    qk_width = {"none": 0, "head": 2 * shape.d_head, "full": queries + keys}[shape.qk_norm]
    biases = [
        *([queries, keys, keys] if shape.qkv_bias else []),
        *([d] if shape.output_bias else []),
        *([d, f, *([f] if shape.gated else [])] if shape.mlp_bias else []),
    ]
    feed_forward = [d * f] * (3 if shape.gated else 2)
    norms = [d] * (vectors * shape.norms_per_layer) + [qk_width] * vectors
    layer = [d * queries, d * keys, d * keys, queries * d, *feed_forward, *biases, *norms]
    tables = [shape.vocab * d] * (1 if shape.tied_embeddings else 2)
    return [*tables, shape.learned_positions * d, *layer * shape.n_layers, *[d] * vectors]


@given(shape=shapes)
def test_a_dense_model_is_the_sum_of_its_tensors(shape):
    count = parameters(shape)
    assert count.total == count.active == sum(listed_tensors(shape))


@given(shape=shapes)
def test_one_expert_and_a_router_make_a_mixture_of_a_dense_model(shape):
    dense = replace(shape, mlp_bias=False)
    mixture = parameters(replace(dense, n_experts=1, n_active_experts=1))
    assert mixture.total == mixture.active == parameters(dense).total + shape.n_layers * shape.d_model


@given(shape=shapes)
def test_a_mixture_whose_layers_are_all_dense_is_a_dense_model(shape):
    mixture = replace(
        shape, n_experts=4, n_active_experts=2, n_dense_layers=shape.n_layers, d_ff_dense=shape.d_ff
    )
    assert parameters(mixture).total == parameters(shape).total


@pytest.mark.parametrize("shape", [MIXTRAL, DEEPSEEK_V3, gpt("phi", 24, 2048, 32, 51200)])
def test_the_parts_are_the_whole(shape):
    count = parameters(shape)
    assert count.total == count.non_embedding + count.embeddings + count.head
    assert count.active_non_embedding == count.active - count.embeddings - count.head
    assert count.idle == count.total - count.active


@given(style=st.sampled_from(sorted(STYLES)))
def test_every_style_exceeds_the_weights_of_its_layers(style):
    shape = gpt(style, 2, 64, 4, 100)
    assert parameters(shape).total > non_embedding_params(shape)
