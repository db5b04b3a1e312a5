"""`scalecalc loss`: units of loss, and losses of two tokenizers."""

import csv
import math
import subprocess
import sys

import pytest

from scalecalc import commands
from scalecalc.problem import ExitCode

LN2 = math.log(2)


@pytest.fixture
def asked(scalecalc):
    def result(*words):
        outcome = scalecalc("loss", *map(str, words), "--json")
        assert outcome.code == ExitCode.ANSWERED, outcome.err
        return outcome.json["result"]

    return result


@pytest.fixture
def refused(scalecalc):
    def problem(*words):
        outcome = scalecalc("loss", *map(str, words), "--json")
        assert outcome.code == ExitCode.WRONG_USAGE, outcome.out
        return outcome.json["problem"]

    return problem


# ---------------------------------------------------------------- conversions


def test_a_loss_in_every_unit(asked):
    found = asked(2, "--bytes-per-token", 4, "--chars-per-token", 3.9, "--words-per-token", 0.75)["loss"]
    assert found["bits_per_token"] == pytest.approx(2 / LN2)
    assert found["perplexity"] == pytest.approx(math.exp(2))
    assert found["bits_per_byte"] == pytest.approx(2 / LN2 / 4)
    assert found["bits_per_character"] == pytest.approx(2 / LN2 / 3.9)
    assert found["word_perplexity"] == pytest.approx(math.exp(2 / 0.75))


def test_one_nat_per_gpt_2_token_of_webtext2_is_a_third_of_a_bit_per_character(asked):
    """Kaplan et al. 2020, footnote 7: 1 nat per token is 0.335 bits per character."""
    found = asked(1, "--tokenizer", "gpt2", "--corpus", "webtext2")["loss"]
    assert found["bits_per_character"] == pytest.approx(0.3355, abs=5e-5)
    assert found["word_perplexity"] == pytest.approx(math.exp(1.4), rel=1e-3)


def test_gpt_2_on_the_pile(asked):
    """Gao et al. 2020, section 3.1: bits per byte are 0.29335 / ln 2 times nats per GPT-2 token."""
    found = asked(2.5, "--tokenizer", "gpt2", "--corpus", "pile")["loss"]
    assert found["bits_per_byte"] == pytest.approx(2.5 * 0.29335 / LN2, rel=1e-4)


@pytest.mark.parametrize(
    ("loss", "unit", "option"),
    [
        (2 / LN2, "bits/token", ()),
        (math.exp(2), "perplexity", ()),
        (0.5 / LN2, "bits/byte", ("--bytes-per-token", 4)),
        (0.4 / LN2, "bits/character", ("--chars-per-token", 5)),
        (math.exp(4), "word-perplexity", ("--words-per-token", 0.5)),
    ],
)
def test_every_unit_goes_back_to_nats(asked, loss, unit, option):
    assert asked(loss, "--unit", unit, *option)["loss"]["nats_per_token"] == pytest.approx(2)


def test_a_unit_that_cannot_be_reached_names_the_option_it_asks_for(asked):
    needs = {row["unit"]: row["needs"] for row in asked(2.31)["units"]}
    assert needs["bits/byte"] == "--bytes-per-token"
    assert needs["perplexity"] is None


def test_the_users_own_figure_stands_in_for_the_published_ones(asked):
    found = asked(2, "--tokenizer", "gpt2", "--bytes-per-token", 5)["loss"]
    assert (found["bytes_per_token"], found["chars_per_token"], found["corpus"]) == (5, None, None)


def test_the_figures_of_other_texts_are_told(scalecalc):
    shown = scalecalc("loss", "2", "--tokenizer", "gpt2")
    assert "as on cc100-en; 3.409 bytes on pile, 4.641 bytes on fineweb-edu" in shown.out


def test_a_perplexity_that_no_float_holds_is_null(asked):
    assert asked(1e5)["loss"]["perplexity"] is None


def test_a_text_without_a_figure_is_told(scalecalc):
    outcome = scalecalc("loss", "2", "--tokenizer", "gpt2", "--corpus", "c4", "--strict")
    assert outcome.code == ExitCode.FINDINGS
    assert "warning: the text is c4, and the figure of gpt2 is that of cc100-en" in outcome.err


# ---------------------------------------------------------------- two losses


def test_two_tokenizers_are_compared_per_byte(asked):
    """2 nats over 4 bytes are less than 1.9 over 3, though the loss per token is higher."""
    found = asked(1.9, "--bytes-per-token", 3, "--against", 2.0, "--against-bytes-per-token", 4)["comparison"]
    assert (found["unit"], found["better"]) == ("bits/byte", "against")
    assert found["share"] == pytest.approx(1 - (2 / 4) / (1.9 / 3))
    assert found["equal_at"] == pytest.approx(1.9 / 0.5)


def test_figures_of_one_text_are_taken_where_there_are_any(asked):
    found = asked(2, "--tokenizer", "gpt2", "--against", 2, "--against-tokenizer", "nanochat")
    assert found["loss"]["corpus"] == found["against"]["corpus"] == "fineweb-edu"
    found = asked(2, "--tokenizer", "llama2", "--against", 2, "--against-tokenizer", "llama3")
    assert found["loss"]["corpus"] == found["against"]["corpus"] == "llama3-sample"
    assert found["comparison"]["unit"] == "bits/character"


def test_figures_of_two_texts_are_a_warning_with_the_figure_that_would_change_the_verdict(scalecalc):
    words = ("loss", "1.9", "--tokenizer", "llama2", "--against", "2.1", "--against-tokenizer", "gpt2")
    outcome = scalecalc(*words)
    assert outcome.out.startswith("the second is better: 0.8647 against 0.6981 bits/character")
    assert "equal if llama2 has 3.93 chars per token" in outcome.err
    assert scalecalc(*words, "--strict").code == ExitCode.FINDINGS


def test_one_tokenizer_is_compared_per_token(asked):
    found = asked(2, "--tokenizer", "gpt2", "--against", 2.1, "--against-tokenizer", "gpt-2")
    assert found["comparison"]["unit"] == "nats/token"
    assert found["comparison"]["better"] == "loss"
    assert all(row["compares"] for row in found["units"] if row["value"] is not None)


def test_losses_per_byte_compare_without_tokenizers(asked):
    found = asked(0.9, "--unit", "bits/byte", "--against", 0.9)
    assert found["comparison"]["better"] == "neither"
    assert found["comparison"]["equal_at"] is None


def test_losses_of_two_units_are_compared(asked):
    words = (0.93, "--unit", "bits/byte", "--against", 2.1, "--against-unit", "nats/token")
    found = asked(*words, "--against-bytes-per-token", 4)["comparison"]
    assert found["against"] == pytest.approx(2.1 / LN2 / 4)


def test_units_per_token_are_marked_as_not_comparable(asked):
    rows = asked(1.9, "--bytes-per-token", 3, "--against", 2.0, "--against-bytes-per-token", 4)["units"]
    compares = {row["unit"]: row["compares"] for row in rows}
    assert compares["bits/byte"]
    assert not any(compares[unit] for unit in ("nats/token", "bits/token", "perplexity"))


# ---------------------------------------------------------------- what has no meaning


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((1.9, "--against", 2.1), "losses in nats/token of two tokenizers do not compare"),
        ((6.7, "--unit", "perplexity", "--against", 8.2), "perplexities of two tokenizers do not compare"),
        (
            (
                6.7,
                "--unit",
                "perplexity",
                "--tokenizer",
                "llama2",
                "--against",
                8.2,
                "--against-tokenizer",
                "nanochat",
            ),
            "perplexities of llama2 and nanochat-65k do not compare: their tokens are other amounts of text",
        ),
        (
            (1.9, "--tokenizer", "gpt2", "--against", 2.1),
            "losses in nats/token of two tokenizers do not compare",
        ),
        (
            (0.9, "--unit", "bits/byte", "--against", 1, "--against-unit", "bits/character"),
            "losses in bits/byte and bits/character do not compare: those are other pieces of a text",
        ),
        (
            (1.9, "--corpus", "pile", "--against", 2.1, "--against-corpus", "c4"),
            "losses on pile and on c4 do not compare: one text is harder than another",
        ),
    ],
)
def test_comparisons_without_a_meaning_are_refused_and_say_why(refused, words, message):
    problem = refused(*words)
    assert problem["code"] == "not-comparable"
    assert problem["message"].startswith(message)
    assert problem["hint"]


def test_the_hint_names_the_options_that_are_missing(refused):
    hint = refused(1.9, "--tokenizer", "gpt2", "--against", 2.1)["hint"]
    assert hint.startswith(
        "give --against-tokenizer, or say how much text a token is: --against-bytes-per-token"
    )


def test_a_byte_and_a_character_compare_by_what_a_token_of_one_has_of_both(scalecalc):
    """1 bit per character at 4 characters and 5 bytes a token is 4 / 5 bit per byte."""
    words = "0.9 --unit bits/byte --against 1 --against-unit bits/character"
    figures = "--against-chars-per-token 4 --against-bytes-per-token 5"
    answer = scalecalc("loss", *words.split(), *figures.split(), "--json").json["result"]["comparison"]
    assert answer["against"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nan",), "LOSS: "),
        ((-1,), ""),
        ((0,), "LOSS: "),
        ((0.5, "--unit", "perplexity"), "perplexity: loss must be at least 1 as a perplexity, not 0.5"),
        ((0.9, "--unit", "bits/byte"), "0.9 bits/byte converts into nothing without bytes per token"),
        ((2, "--tokenizer", "gpt9"), "--tokenizer: 'gpt9' names no tokenizer"),
        (
            (2, "--against", 2, "--against-tokenizer", "gpt9"),
            "--against-tokenizer: 'gpt9' names no tokenizer",
        ),
        ((2, "--against-unit", "perplexity"), "--against-unit is about no loss"),
        ((2, "--bytes-per-token", 0), "--bytes-per-token: "),
        ((1e308, "--unit", "bits/byte", "--bytes-per-token", 4), "1e+308 bits/byte is more nats per token"),
        ((2, "--corpus", "pile"), "--corpus chooses the figures of no tokenizer"),
        ((2, "--unit", "nats"), "--unit: "),
    ],
)
def test_values_that_make_no_sense_are_refused(refused, words, message):
    assert refused(*words)["message"].startswith(message)


# ---------------------------------------------------------------- formats


def test_csv_has_a_row_for_each_unit(scalecalc):
    rows = list(csv.DictReader(scalecalc("loss", "2.31", "--format", "csv").out.splitlines()))
    assert [row["unit"] for row in rows][:3] == ["nats/token", "bits/token", "perplexity"]
    assert rows[3]["value"] == ""


def test_from_python():
    assert commands.call("loss", loss=2.0, tokenizer="gpt2").loss.bits_per_byte == pytest.approx(
        2 / LN2 / 4.35
    )


def test_it_loads_no_arrays():
    words = ["loss", "2", "--tokenizer", "gpt2", "--against", "2", "--against-tokenizer", "gpt4", "--json"]
    program = f"import sys; from scalecalc.cli import main; main({words}); sys.exit('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
