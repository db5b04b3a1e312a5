"""How much text a token is."""

from collections import Counter

import pytest

from scalecalc import tables
from scalecalc.problem import Problem

ROWS = list(tables.records("tokenizers.csv"))


def test_names_and_aliases_are_of_one_tokenizer_each():
    names = Counter(name for each in tables.tokenizers().values() for name in {each.id, *each.aliases})
    assert [name for name, times in names.items() if times > 1] == []
    assert all(name == name.lower() for name in names)


def test_each_text_stands_once_for_each_tokenizer():
    assert len({(row["tokenizer"], row["corpus"]) for row in ROWS}) == len(ROWS)
    assert {row["verification"] for row in ROWS} <= {"retrieved", "secondary"}


def test_every_row_has_a_plausible_figure():
    for row in ROWS:
        figures = [float(row[f"{kind}_per_token"] or 0) for kind in ("bytes", "chars")]
        assert 3 < max(figures) < 5, row
        if all(figures):  # English: bytes are characters but for 1 %
            assert 1 <= figures[0] / figures[1] < 1.01, row


def test_published_figures():
    """Gao et al. 2020: 0.29335 tokens per byte; Kaplan et al. 2020: 4.3 characters, 1.4 tokens a word."""
    gpt2 = tables.tokenizer("gpt2")
    assert gpt2.on("pile").bytes == pytest.approx(1 / 0.29335, rel=2e-4)
    assert gpt2.on("webtext2").chars == 4.3
    assert gpt2.on("webtext2").words == pytest.approx(1 / 1.4, rel=1e-4)
    assert gpt2.on("fineweb-edu").bytes == pytest.approx(4991242 / 1075364, rel=2e-4)
    assert gpt2.on("c4") is None


def test_llama_3_packs_a_quarter_more_into_a_token_than_llama_2():
    """Grattafiori et al. 2024, section 3.2: from 3.17 to 3.94 characters per token of the same text."""
    old, new = (tables.tokenizer(name).on("llama3-sample") for name in ("llama2", "llama-3.1"))
    assert new.of("chars") / old.of("chars") == pytest.approx(1.243, abs=5e-4)


def test_pieces_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"^pieces must be one of bytes, chars, words, not 'lines'$"):
        tables.tokenizer("gpt2").figures[0].of("lines")


def test_an_unknown_tokenizer_is_told_with_the_known_ones():
    with pytest.raises(Problem, match="'gpt9' names no tokenizer") as told:
        tables.tokenizer("gpt9")
    assert "llama3" in told.value.hint
