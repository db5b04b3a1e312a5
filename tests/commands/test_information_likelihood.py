"""`scalecalc information likelihood`: n-gram models on a text held out."""

import math
import subprocess
import sys
from functools import partial

import pytest
from nltk.lm import KneserNeyInterpolated, Laplace
from nltk.util import bigrams

from scalecalc.problem import ExitCode

LN2 = math.log(2)

TEXT = (
    "the cat sat on the mat and the dog sat on the cat\nwhile the mat lay under the dog and a cat ran\n"
    "past the dog on the mat where a dog lay and sat\nand a dog sat on a mat by the cat\n"
)


@pytest.fixture
def text(tmp_path):
    """Writes a text and returns its path."""

    def path_of(content=TEXT):
        path = tmp_path / "text.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return path_of


@pytest.fixture
def asked(answered):
    return partial(answered, "information likelihood")


@pytest.fixture
def refused(refused_with):
    return partial(refused_with, "information likelihood")


def by_name(found):
    return {(row["model"], row["smoothing"]): row for row in found["models"]}


def held_out_nats(model, share):
    """Nats per held-out word of an NLTK bigram model of the words before, as one stream without padding."""
    words = TEXT.split()
    held = round(len(words) * share)
    train = words[:-held]
    model.fit([list(bigrams(train)), [(word,) for word in train]], vocabulary_text=train)
    return model.entropy(list(bigrams(words[-held - 1 :]))) * LN2


# ---------------------------------------------------------------- NLTK


def test_additive_smoothing_is_that_of_nltk(asked, text):
    row = by_name(asked(text(), "--held-out", "20%"))["bigram", "additive 1"]
    assert row["nats_per_token"] == pytest.approx(held_out_nats(Laplace(2), 0.2), rel=1e-12)
    assert row["perplexity"] == pytest.approx(math.exp(row["nats_per_token"]))
    assert row["bits_per_token"] == pytest.approx(row["nats_per_token"] / LN2)


def test_kneser_ney_down_to_continuations_is_that_of_nltk(asked, text):
    known = TEXT.replace(" by ", " on ")  # NLTK gives an unknown word no chance
    path = text(known)
    row = by_name(asked(path, "--held-out", "20%", "--lowest-order", "continuation", "--discount", "0.5"))
    words = known.split()
    held = round(len(words) * 0.2)
    theirs = KneserNeyInterpolated(2, 0.5)
    theirs.fit(
        [list(bigrams(words[:-held])), [(word,) for word in words[:-held]]], vocabulary_text=words[:-held]
    )
    expected = theirs.entropy(list(bigrams(words[-held - 1 :]))) * LN2
    assert row["bigram", "Kneser-Ney 0.5"]["nats_per_token"] == pytest.approx(expected, rel=1e-12)


# ---------------------------------------------------------------- by hand


def test_a_unigram_by_hand(asked, text):
    """a a b a | b a: by Laplace over a, b and the unknown, a has 4/7 and b 2/7."""
    found = asked(text("a a b a b a"), "--held-out", "0.34", "--order", "unigram")
    row = by_name(found)["unigram", "additive 1"]
    assert (found["train_tokens"], found["held_out_tokens"], found["vocabulary"]) == (4, 2, 3)
    assert row["log_likelihood"] == pytest.approx(math.log(4 / 7) + math.log(2 / 7))


def test_bits_per_byte_are_over_all_bytes_held_out(asked, text):
    """The last two of six words, each with the white space before it: ' b a' and the line's end, 5 bytes."""
    found = asked(
        text("a a b a b a\n"), "--held-out", "0.34", "--order", "unigram", "--smoothing", "additive"
    )
    (row,) = found["models"]
    assert found["bytes_per_token"] == 2.5
    assert row["bits_per_byte"] == pytest.approx(row["bits_per_token"] * 2 / 5)


def test_unknown_words_are_spelled_in_bits_per_byte(asked, text):
    """'zz' is unknown: two bytes and an end of 8 bits each, of the 6 bytes of ' a zz' and the line's end."""
    found = asked(
        text("a a b a a zz\n"), "--held-out", "0.34", "--order", "unigram", "--smoothing", "additive"
    )
    (row,) = found["models"]
    assert (found["unseen_tokens"], found["unseen_share"]) == (1, 0.5)
    assert found["spelling_bits_per_byte"] == pytest.approx(24 / 6)
    assert row["bits_per_byte"] == pytest.approx((row["bits_per_token"] * 2 + 24) / 6)


def test_bytes_are_a_closed_vocabulary(asked, text):
    found = asked(text(b"\xff\x00abcabcabcabcabc"), "--tokenize", "bytes")
    assert found["vocabulary"] == 256
    assert by_name(found)["uniform", "-"]["bits_per_byte"] == pytest.approx(8.0)
    assert all(row["bits_per_byte"] == row["bits_per_token"] for row in found["models"])


def test_characters_are_code_points(asked, text):
    found = asked(text("äöäöäöäöäö"), "--tokenize", "characters", "--held-out", "20%")
    assert (found["held_out_tokens"], found["bytes_per_token"]) == (2, 2.0)


def test_a_token_file_has_bits_per_byte_only_by_a_given_figure(asked, text):
    path = text("1 2 3 1 2 3 1 2 3 1 2 3")
    words = (path, "--tokenize", "integers", "--vocabulary", "50257")
    assert asked(*words)["bits_per_byte"] is None
    found = asked(*words, "--bytes-per-token", "4")
    assert by_name(found)["uniform", "-"]["bits_per_byte"] == pytest.approx(math.log2(50257) / 4)


# ---------------------------------------------------------------- what it tells


def test_maximum_likelihood_learns_by_heart_and_rules_the_rest_out(asked, scalecalc, text):
    path = text()
    row = by_name(asked(path))["bigram", "maximum likelihood"]
    assert row["nats_per_token"] is row["perplexity"] is row["log_likelihood"] is None
    assert row["ruled_out"] > 0
    assert row["train_nats_per_token"] < 1.5
    shown = scalecalc("information", "likelihood", path, "--smoothing", "none")
    assert "the loss is infinite" in shown.out
    assert "bigram by maximum likelihood: the loss is infinite" in shown.err


def test_the_best_model_is_that_of_least_loss(asked, text):
    found = asked(text())
    finite = [row for row in found["models"] if row["nats_per_token"] is not None]
    assert found["nats_per_token"] == min(row["nats_per_token"] for row in finite)
    assert found["bits_per_byte"] == min(row["bits_per_byte"] for row in finite)


def test_models_are_those_that_are_asked_for(asked, text):
    found = asked(text(), "--order", "bigram", "--smoothing", "kneser-ney", "--discount", "0.5")
    assert list(by_name(found)) == [("bigram", "Kneser-Ney 0.5")]


def test_a_text_from_standard_input(scalecalc):
    outcome = scalecalc("information", "likelihood", "-", "--json", stdin=TEXT)
    assert outcome.json["result"]["train_tokens"] == len(TEXT.split()) - 5


def test_the_same_text_gives_the_same_answer(asked, text):
    assert asked(text()) == asked(text())


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", (), "empty"),
        (" \n ", (), "empty"),
        ("one two", (), "2 words leave 2 to train on and 0 held out"),
        (b"caf\xe9 au\nlait", (), "line 1: byte 0xe9 is not UTF-8"),
        ("1 2\n3 x 4", ("--tokenize", "integers"), "line 2: x is no token"),
        ("1 2 -3", ("--tokenize", "integers"), "line 1: -3 is no token"),
    ],
)
def test_files_are_refused_by_name_and_line(refused, text, content, options, message):
    problem = refused(ExitCode.BAD_DATA, text(content), *options)
    assert "text.txt" in problem["message"]
    assert message in problem["message"]
    assert problem["hint"]


@pytest.mark.parametrize("path", ["absent.txt", "/", "x" * 5000, "a\0b"])
def test_files_that_cannot_be_read_are_named(refused, path):
    assert "cannot be read" in refused(ExitCode.BAD_DATA, path)["message"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--order", "unigram", "--smoothing", "kneser-ney"), "--smoothing kneser-ney has nothing below"),
        (("--tokenize", "bytes", "--vocabulary", "300"), "--vocabulary of bytes is 256"),
        (("--bytes-per-token", "4"), "--bytes-per-token of words is counted in the text"),
        (("--vocabulary", "3"), "--vocabulary: 3 is too small for a file with 15 kinds of tokens"),
        (("--discount", "1.5"), "--discount: "),
        (("--add", "0"), "--add: "),
        (("--held-out", "0"), "--held-out: 0% leaves nothing on one side"),
        (("--held-out", "100%"), "--held-out: 100% leaves nothing on one side"),
        (("--tokenize", "subwords"), "--tokenize: "),
        (("--lowest-order", "none"), "--lowest-order: "),
    ],
)
def test_options_that_make_no_sense_are_refused(refused, text, options, message):
    assert refused(ExitCode.WRONG_USAGE, text(), *options)["message"].startswith(message)


def test_a_closed_vocabulary_holds_every_token_of_the_file(refused, text):
    problem = refused(2, text("1 2 3 1 2 9000"), "--tokenize", "integers", "--vocabulary", "100")
    assert problem["message"].endswith("100 is too small for a file with token 9000")


def test_it_loads_no_arrays(text):
    words = ["information", "likelihood", text(), "--json"]
    program = f"import sys; from scalecalc.cli import main; main({words}); sys.exit('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
