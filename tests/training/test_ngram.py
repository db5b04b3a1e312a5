"""Unigram and bigram models, held against NLTK and against sums by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.lm import MLE, KneserNeyInterpolated, Laplace, Lidstone, Vocabulary
from nltk.util import bigrams

from scalecalc.training.ngram import Additive, Counts, KneserNey, Uniform


def words(text):
    return text.split()


TRAIN = words(
    "the cat sat on the mat and the dog sat on the cat while the mat lay under the dog and a cat ran "
    "past the dog on the mat where a dog lay and sat and ran"
)

KNOWN = words("the cat ran on the mat and the dog sat under the mat")

UNKNOWN = words("the cat ate the bird and a bird sat")

VOCABULARY = len(set(TRAIN)) + 1
"""The kinds of tokens and an unknown one, as NLTK counts them."""


def nltk_model(model):
    """An NLTK bigram model of the training text, without padding, as one stream of tokens."""
    model.fit([list(bigrams(TRAIN)), [(word,) for word in TRAIN]], vocabulary_text=TRAIN)
    return model


def nltk_nats(model, text, before):
    """Nats per token of NLTK's entropy, which is in bits."""
    return model.entropy(list(bigrams([before, *text]))) * math.log(2)


def ours(model, text, before=TRAIN[-1]):
    return model.score(Counts.of(text, [before])).cross_entropy


@pytest.fixture(scope="module")
def counts():
    return Counts.of(TRAIN)


# ---------------------------------------------------------------- NLTK


@pytest.mark.parametrize("text", [KNOWN, UNKNOWN], ids=["known", "unknown"])
@pytest.mark.parametrize("add", [1.0, 0.1, 2.5])
def test_additive_bigrams_are_those_of_nltk(counts, text, add):
    theirs = nltk_model(Laplace(2) if add == 1 else Lidstone(add, 2))
    assert len(theirs.vocab) == VOCABULARY
    expected = nltk_nats(theirs, text, TRAIN[-1])
    assert ours(Additive(counts, VOCABULARY, add, order=2), text) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("add", [1.0, 0.5])
def test_additive_unigrams_are_those_of_nltk(counts, add):
    theirs = nltk_model(Lidstone(add, 2))
    expected = -sum(theirs.logscore(word) for word in UNKNOWN) / len(UNKNOWN) * math.log(2)
    assert ours(Additive(counts, VOCABULARY, add, order=1), UNKNOWN) == pytest.approx(expected, rel=1e-12)


def test_maximum_likelihood_is_that_of_nltk(counts):
    theirs, text = nltk_model(MLE(2)), TRAIN[4:20]
    expected = nltk_nats(theirs, text, TRAIN[3])
    assert ours(Additive(counts, VOCABULARY, 0, order=2), text, TRAIN[3]) == pytest.approx(
        expected, rel=1e-12
    )
    assert theirs.entropy([("the", "bird")]) == math.inf
    assert ours(Additive(counts, VOCABULARY, 0, order=2), ["bird"], "the") == math.inf


@pytest.mark.parametrize("discount", [0.1, 0.75, 1.0])
def test_kneser_ney_is_that_of_nltk(counts, discount):
    theirs = nltk_model(KneserNeyInterpolated(2, discount))
    expected = nltk_nats(theirs, KNOWN, TRAIN[-1])
    assert ours(KneserNey(counts, None, discount), KNOWN) == pytest.approx(expected, rel=1e-12)


def test_without_a_vocabulary_kneser_ney_rules_unknown_tokens_out_as_nltk_does(counts):
    theirs = nltk_model(KneserNeyInterpolated(2, 0.75))
    assert theirs.score("bird", ["the"]) == KneserNey(counts, None).probability("bird", "the") == 0.0
    assert Vocabulary(TRAIN).lookup("bird") == "<UNK>"


# ---------------------------------------------------------------- by hand


def test_kneser_ney_by_hand():
    """a b a c a b: bigrams ab 2, ba 1, ac 1, ca 1; of four kinds, two end in a, one in b, one in c.

    Lowest order with D = 0.5 and 4 kinds in the vocabulary: (2 - 0.5)/4 + 0.5 * 3/4 * 1/4 for a,
    (1 - 0.5)/4 + 0.09375 for b. After a, seen 3 times with 2 kinds: (2 - 0.5)/3 + 0.5 * 2/3 * p(b).
    """
    model = KneserNey(Counts.of("abacab"), vocabulary=4, discount=0.5)
    lowest_b = 0.5 / 4 + 0.09375
    assert model.probability("b", "a") == pytest.approx(1.5 / 3 + lowest_b / 3, rel=1e-15)
    assert model.probability("a", "z") == pytest.approx(1.5 / 4 + 0.09375, rel=1e-15)
    assert model.probability("z", "z") == pytest.approx(0.09375, rel=1e-15)


def test_additive_by_hand():
    model = Additive(Counts.of("abacab"), vocabulary=4, add=1, order=2)
    assert model.probability("b", "a") == pytest.approx((2 + 1) / (3 + 4))
    assert model.probability("z", "z") == pytest.approx(1 / 4)


def test_a_uniform_model_takes_the_logarithm_of_the_vocabulary():
    score = Uniform(256).score(Counts.of(b"any text"))
    assert score.cross_entropy == pytest.approx(math.log(256), rel=1e-15)


# ---------------------------------------------------------------- what any such model must keep to


def models(counts, vocabulary):
    return [
        Uniform(vocabulary),
        *(Additive(counts, vocabulary, add, order) for add in (0.3, 1.0) for order in (1, 2)),
        *(KneserNey(counts, vocabulary, discount) for discount in (0.2, 0.75, 1.0)),
    ]


@given(st.text("abcd", min_size=3, max_size=60), st.sampled_from("abcdx"))
def test_probabilities_of_the_vocabulary_sum_to_one(text, before):
    counts = Counts.of(text)
    kinds = [*counts.unigrams, "unknown"]
    for model in models(counts, len(kinds)):
        assert math.fsum(model.probability(kind, before) for kind in kinds) == pytest.approx(1, rel=1e-12)


@given(st.text("abcd", min_size=3, max_size=60))
def test_the_score_in_training_is_that_of_the_text_itself(text):
    counts = Counts.of(text)
    no_smoothing = [Additive(counts, len(counts.unigrams), 0, order) for order in (1, 2)]
    for model in [*models(counts, len(counts.unigrams) + 1), *no_smoothing, KneserNey(counts, None)]:
        expected = model.score(counts).cross_entropy
        assert model.score_in_training().cross_entropy == pytest.approx(expected, rel=1e-11, abs=1e-12)


@given(st.text("abcd", min_size=3, max_size=60))
def test_maximum_likelihood_is_the_least_loss_in_training(text):
    counts = Counts.of(text)
    for order in (1, 2):
        best = Additive(counts, len(counts.unigrams), 0, order).score(counts).cross_entropy
        rivals = [model for model in models(counts, len(counts.unigrams) + 1) if model.order == order]
        assert all(best <= model.score(counts).cross_entropy + 1e-12 for model in rivals)


def test_the_first_token_that_is_ruled_out_is_told_and_all_are_counted(counts):
    score = Additive(counts, VOCABULARY, 0, order=1).score(Counts.of(words("the bird ate the worm")))
    assert score.log_likelihood == -math.inf
    assert (score.impossible, score.ruled_out, score.tokens) == ("bird", 3, 5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda counts: Additive(counts, 3), "vocabulary must be at least 14, the kinds of tokens, not 3"),
        (lambda counts: Additive(counts, 20, -1.0), "add must be zero or positive and finite, not -1.0"),
        (lambda counts: Additive(counts, 20, order=3), "order must be 1 or 2, not 3"),
        (lambda counts: KneserNey(counts, 20, 0.0), "discount must be above 0 and at most 1, not 0.0"),
        (lambda counts: KneserNey(Counts.of("a"), 20), "counts must hold a bigram"),
        (lambda counts: Uniform(0), "vocabulary must be at least 1, the kinds of tokens, not 0"),
        (
            lambda counts: Uniform(2).score(Counts.of("")),
            "text must hold a token that the model can be asked",
        ),
    ],
)
def test_misuse_is_refused(counts, make, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make(counts)
