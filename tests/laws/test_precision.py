"""Precision; the published values are in test_further_laws.py."""

import math

import pytest

from scalecalc.laws.precision import Precision

LAW = Precision(
    E=2.7648, A=4299.0, alpha=0.4965, B=18060.0, beta=0.4965, gamma_w=2.6745, n_w=0.3037, gamma_a=2.2102,
    n_a=1.4072, gamma_kv=0.9578, n_kv=2.4185, C_T=0.0598, gamma_D=0.5068, gamma_N=0.3439, gamma_post=0.5907,
)  # fmt: skip


def test_what_is_not_quantized_keeps_all_parameters():
    assert LAW.kept() == 1.0
    assert LAW.at().A == 4299.0


def test_fewer_bits_keep_fewer_parameters():
    kept = [LAW.kept(bits, bits, bits) for bits in (4, 6, 8, 12, 16)]
    assert kept == sorted(kept)


def test_the_parts_multiply():
    parts = LAW.kept(weights=6) * LAW.kept(activations=6) * LAW.kept(cache=6)
    assert LAW.kept(6, 6, 6) == pytest.approx(parts, rel=1e-15)


def test_loss_at_low_precision_is_that_of_the_parameters_kept():
    kept = LAW.kept(weights=4)
    assert LAW.at(weights=4).loss(1e8, 1e10) == pytest.approx(LAW.at().loss(kept * 1e8, 1e10), rel=1e-14)


@pytest.mark.parametrize(
    ("part", "least"), [("weights", "0.812"), ("activations", "3.11"), ("cache", "2.32")]
)
@pytest.mark.parametrize("bits", [0.0, 0.8, -4.0, math.nan])
def test_bits_at_which_nothing_is_kept_are_refused(part, least, bits):
    with pytest.raises(
        ValueError, match=f"^{part} must be more than {least} bits for this law, not {bits!r}$"
    ):
        LAW.kept(**{part: bits})


def test_no_other_precision_keeps_more_per_bit():
    best = LAW.best_bits()
    greatest = LAW.kept(best, best, best) / best
    others = [best * (1 + step) for step in (-0.3, -0.01, 0.01, 0.5)]
    assert all(LAW.kept(bits, bits, bits) / bits < greatest for bits in others)


def test_sixteen_bits_cost_what_6nd_says():
    assert LAW.training_flops(1e9, 2e10, 16) == 6 * 1e9 * 2e10


def test_tokens_that_make_the_quantized_model_worse_begin_where_its_loss_is_least():
    critical = LAW.critical_tokens(1e8, 4)

    def quantized(tokens):
        return LAW.at().loss(1e8, tokens) + LAW.added_after_training(1e8, tokens, 4)

    assert quantized(critical) < min(quantized(0.9 * critical), quantized(1.1 * critical))


def test_quantizing_adds_more_after_more_tokens_and_less_to_larger_models():
    added = LAW.added_after_training(1e8, 1e10, 4)
    assert LAW.added_after_training(1e8, 2e10, 4) == pytest.approx(2**0.5068 * added)
    assert LAW.added_after_training(2e8, 1e10, 4) == pytest.approx(added / 2**0.3439)
    assert LAW.added_after_training(1e8, 1e10, 5) == pytest.approx(added * math.exp(-1 / 0.5907))


def test_coefficients_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match=r"^gamma_w must be finite and positive, not -1\.0$"):
        Precision(**{**LAW.coefficients(), "gamma_w": -1.0})
