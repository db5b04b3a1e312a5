import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.transformer import STYLES, Latent, Shape, styled

SIZES = {"n_layers": 6, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_head": 4, "d_ff": 32, "vocab": 9}


def test_heads_may_be_wider_or_narrower_than_the_model():
    shape = Shape(**{**SIZES, "d_head": 16})
    assert (shape.d_attention, shape.d_keys, shape.score_width) == (32, 16, 64)


def test_latent_heads_add_the_shared_position_to_queries_and_have_their_own_values():
    shape = Shape(**SIZES, latent=Latent(kv_rank=5, d_rope=2, d_value=3))
    assert shape.score_width == 2 * (4 + 2 + 3)


def test_a_style_settles_what_a_family_has_in_common():
    assert styled("gpt2", **SIZES, context=64).learned_positions == 64
    assert styled("opt", **SIZES, context=64).learned_positions == 66
    assert styled("gemma2", **SIZES).norms_per_layer == 4
    assert styled("llama", **SIZES) == Shape(**SIZES)
    assert styled("llama", **SIZES, tied_embeddings=True).tied_embeddings


def test_an_unknown_style_is_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"style must be one of gpt2, neox, .*, not 'bert'"):
        styled("bert", **SIZES)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_makes_a_shape(style):
    assert styled(style, **SIZES).n_layers == 6


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_layers": 0}, "n_layers must be positive"),
        ({"n_windowed_layers": 7, "window": 4}, "n_windowed_layers must be 0 to 6, not 7"),
        ({"n_windowed_layers": 2}, "window must be positive where layers have one, not 0"),
        ({"n_experts": 4}, "n_active_experts must be 1 to 4, not 0"),
        ({"n_experts": 4, "n_active_experts": 5}, "n_active_experts must be 1 to 4, not 5"),
        ({"n_experts": 4, "n_active_experts": 1, "n_dense_layers": 9}, "n_dense_layers must be 0 to 6"),
        ({"n_experts": 4, "n_active_experts": 1, "n_dense_layers": 1}, "d_ff_dense must be positive"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Shape(**{**SIZES, **wrong})


def test_a_latent_attention_without_values_is_refused():
    with pytest.raises(ValueError, match="d_value must be positive"):
        Latent(kv_rank=5, d_rope=2, d_value=0)


def listed_positions(tokens, window):
    """Positions that each query of a sequence sees, one by one."""
    return [min(query, window) for query in range(1, tokens + 1)]


@given(tokens=st.integers(1, 200), window=st.integers(1, 250), windowed=st.integers(0, 6))
def test_the_mean_reach_of_causal_queries_is_the_mean_over_every_query(tokens, window, windowed):
    shape = Shape(**SIZES, window=window, n_windowed_layers=windowed)
    full = sum(listed_positions(tokens, tokens)) / tokens
    short = sum(listed_positions(tokens, window)) / tokens
    assert shape.causal_reach(tokens) == pytest.approx((6 - windowed) * full + windowed * short)


@given(tokens=st.integers(1, 200), window=st.integers(1, 250))
def test_no_query_reaches_past_its_window(tokens, window):
    shape = Shape(**SIZES, window=window, n_windowed_layers=6)
    assert shape.reach(tokens) == 6 * min(tokens, window)
    assert shape.causal_reach(tokens) <= shape.reach(tokens)
