"""Vocabulary; the published values are in test_further_laws.py."""

import pytest

from scalecalc.laws.vocabulary import Compression, VocabularyPower, VocabularySurface

POWER = VocabularyPower(scale=3145728.0, unit=33e6, exponent=0.8354)
SURFACE = VocabularySurface(
    E=5.5328, A1=1.8314, alpha1=0.4466, A2=0.19584, alpha2=0.67074, B=2.1241, beta=0.4466
)
COMPRESSION = Compression(square=0.00639222, slope=-0.15811069, constant=1.20470122, largest=200_000.0)


def test_vocabulary_times_width_is_its_parameters():
    assert POWER.vocab(7e9, 4096) * 4096 == pytest.approx(POWER.vocab_params(7e9))
    assert SURFACE.vocab(7e9, 4096, 1e22) * 4096 == pytest.approx(SURFACE.vocab_params(7e9, 1e22))


def test_at_its_unit_the_power_is_its_scale():
    assert POWER.vocab_params(33e6) == 3145728.0


@pytest.mark.parametrize(("non_vocab", "flops"), [(3e7, 1e17), (7e9, 7e21), (7e9, 1e24), (300e9, 1e25)])
def test_no_other_vocabulary_of_the_budget_has_a_lower_loss(non_vocab, flops):
    def loss(vocab_params):
        return SURFACE.loss(non_vocab, vocab_params, flops / (6 * (non_vocab + vocab_params)))

    best = SURFACE.vocab_params(non_vocab, flops)
    assert loss(best) < min(loss(0.98 * best), loss(1.02 * best))


def test_more_training_wants_a_larger_vocabulary():
    assert SURFACE.vocab_params(7e9, 1e24) > SURFACE.vocab_params(7e9, 1e22)


def test_losses_are_below_those_of_a_unigram_model():
    assert SURFACE.loss(7e9, 2.5e8, 1.5e11) < 0


def test_a_larger_vocabulary_needs_fewer_tokens_up_to_the_largest_fitted():
    counts = [COMPRESSION.tokens_per_character(vocab) for vocab in (4096, 32_000, 200_000, 1_000_000)]
    assert counts[0] > counts[1] > counts[2] == counts[3]


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_sizes_that_are_not_positive_are_refused(value):
    for question in (
        lambda: POWER.vocab_params(value),
        lambda: SURFACE.vocab_params(value, 1e22),
        lambda: SURFACE.loss(value, 1e8, 1e9),
    ):
        with pytest.raises(ValueError, match=r"^non_vocab_params must be positive and finite, not"):
            question()
    with pytest.raises(ValueError, match=r"^vocab must be positive and finite, not"):
        COMPRESSION.tokens_per_character(value)


def test_an_exponent_that_leaves_no_optimum_is_refused():
    with pytest.raises(ValueError, match=r"^beta must be less than 1, not 1\.5$"):
        VocabularySurface(E=5.5, A1=1.8, alpha1=0.4, A2=0.2, alpha2=0.7, B=2.1, beta=1.5)
