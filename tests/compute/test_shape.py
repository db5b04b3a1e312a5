import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.compute.parameters import parameters
from scalecalc.compute.shape import Wish, suggest, usual_aspect
from scalecalc.problem import Problem


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
    with pytest.raises(Problem, match=r"no shape of 1e\+06 parameters") as raised:
        suggest(Wish(params=1e6))
    assert raised.value.code == "no-shape"


@pytest.mark.parametrize("wrong", [{"params": 0}, {"params": 1e9, "tensor_parallel": 0}])
def test_a_wish_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        Wish(**wrong)
