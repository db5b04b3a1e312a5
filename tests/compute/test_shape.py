import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.compute.parameters import parameters
from scalecalc.compute.shape import Wish, suggest, usual_aspect
from scalecalc.problem import Problem

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    ("params", "layers", "width", "heads", "kv_heads", "d_ff"),
    [
        (8_030_261_248, 32, 4096, 32, 8, 14336),  # Llama 3 8B
        (70_553_706_496, 80, 8192, 64, 8, 28672),  # Llama 3 70B
    ],
)
def test_the_sizes_of_llama3_give_its_shapes(params, layers, width, heads, kv_heads, d_ff):
    found = suggest(Wish(params=params, tensor_parallel=8))
    shape = found.shape
    assert (shape.n_layers, shape.d_model, shape.n_heads, shape.n_kv_heads) == (
        layers,
        width,
        heads,
        kv_heads,
    )
    assert (shape.d_ff, found.params, found.off) == (d_ff, params, 0)


def test_small_models_tie_their_embeddings_and_large_ones_do_not():
    # Llama 3.2 1B and 3B tie, Llama 3 8B does not
    assert suggest(Wish(params=1.24e9)).shape.tied_embeddings
    assert suggest(Wish(params=3.2e9)).shape.tied_embeddings
    assert not suggest(Wish(params=8e9)).shape.tied_embeddings
    assert not suggest(Wish(params=1.24e9, tied_embeddings=False)).shape.tied_embeddings


@settings(max_examples=25, deadline=None)  # a trillion parameters have a thousand candidates
@given(params=st.floats(5e7, 2e12), tensor=st.sampled_from([1, 2, 4, 8]), pipeline=st.sampled_from([1, 2, 4]))
def test_a_shape_has_the_size_asked_for_in_usual_proportions_and_divides(params, tensor, pipeline):
    tensor = tensor if params > 3e9 else 1  # eight devices share no head of a small model
    found = suggest(Wish(params=params, tensor_parallel=tensor, pipeline_parallel=pipeline))
    shape = found.shape
    assert found.params == parameters(shape).total
    assert abs(found.off) < 0.02
    assert 0.4 < found.aspect / usual_aspect(params) < 2.1
    assert 1 < found.ff_ratio < 8
    for divided in (shape.n_heads, shape.n_kv_heads, shape.d_ff, shape.vocab):
        assert divided % tensor == 0
    assert shape.n_layers % pipeline == 0
    assert shape.n_heads % shape.n_kv_heads == 0
    assert shape.n_heads * shape.d_head == shape.d_model


def test_the_usual_proportions_grow_with_size():
    assert usual_aspect(1e7) == 60
    assert usual_aspect(1e9) == pytest.approx(90)
    assert 90 < usual_aspect(3e9) < 120
    assert usual_aspect(4e11) == 120


def test_a_size_that_the_vocabulary_alone_exceeds_has_no_shape():
    with pytest.raises(Problem, match=r"no shape of 1M parameters") as raised:
        suggest(Wish(params=1e6))
    assert raised.value.code == "no-shape"


def test_the_two_sizes_of_mixtral_give_its_shape():
    # Jiang et al. 2024 (arXiv 2401.04088), table 1
    sizes = {"params": 46_702_792_704, "active_params": 12_879_925_248}
    found = suggest(Wish(**sizes, experts=8, active_experts=2, vocab=32000))
    assert (found.shape.n_layers, found.shape.d_model, found.shape.d_ff) == (32, 4096, 14336)
    assert (found.off, found.active_off) == (0, 0)


mixtures = st.builds(
    Wish,
    params=st.floats(2e10, 1e12), experts=st.sampled_from([8, 16, 64, 128]),
    active_experts=st.sampled_from([2, 4, 8]), shared_experts=st.integers(0, 2),
    tensor_parallel=st.sampled_from([1, 2, 4]), pipeline_parallel=st.sampled_from([1, 2, 4]),
    expert_parallel=st.sampled_from([1, 2, 8]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)  # some have a thousand candidates
@given(wish=mixtures)
def test_a_mixture_has_the_size_asked_for_and_counts_what_works_on_a_token(wish):
    found = suggest(wish)
    count = parameters(found.shape)
    assert (found.params, found.active_params) == (count.total, count.active)
    assert abs(found.off) < 0.05
    assert 0.4 < found.aspect / usual_aspect(wish.working_params) < 2.1
    assert 1 <= found.ff_ratio < 10
    for divided in (found.shape.n_heads, found.shape.n_kv_heads, found.shape.d_ff, found.shape.vocab):
        assert divided % wish.tensor_parallel == 0
    assert found.shape.n_layers % wish.pipeline_parallel == 0


@pytest.mark.parametrize("model", ["mixtral-8x7b", "qwen3-30b-a3b", "olmoe-1b-7b", "deepseek-v3"])
def test_usual_proportions_make_about_the_active_parameters_that_were_published(model):
    # within a third; the experts on a token are 2.4 to 7 times as wide as these models, here 3.5 times
    with (DATA / "models.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == model)
    sizes = {"experts": int(row["n_experts"]), "active_experts": int(row["n_active_experts"])}
    wish = Wish(params=float(row["params"]), shared_experts=int(row["n_shared_experts"] or 0), **sizes)
    assert wish.working_params == pytest.approx(float(row["active_params"]), rel=1 / 3)


@pytest.mark.parametrize("active", [1e10, 7e11])
def test_active_parameters_beyond_what_the_experts_allow_have_no_shape(active):
    # 8 of 256 experts of 671B are 21B
    wish = Wish(params=6.71e11, active_params=active, experts=256, active_experts=8)
    with pytest.raises(Problem, match=r"is not between 21B, the share of the experts on a token, and all"):
        suggest(wish)


@pytest.mark.parametrize(
    "wrong",
    [
        {"params": 0},
        {"params": 1e9, "tensor_parallel": 0},
        {"params": 1e10, "experts": 4, "active_experts": 5},
        {"params": 1e10, "experts": 60, "active_experts": 4, "expert_parallel": 8},
        {"params": 1e10, "shared_experts": 1},
    ],
)
def test_a_wish_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        Wish(**wrong)
