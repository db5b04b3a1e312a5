"""A law with its receipts; the rows that ship are in test_contract.py."""

import tomllib
from time import process_time

import pytest

from scalecalc import tables
from scalecalc.laws import Additive, PublishedLaw

ROW = {
    "form": "additive",
    "coefficients": {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28},
    "counts": "non-embedding",
    "aliases": ["mine"],
    "ranges": {"flops": {"low": 1e18, "high": 1e22}},
    "checks": [{"flops": 1e23, "gives": {"params": 1.46e10}, "rtol": 1e-3}],
}


def test_form_and_coefficients_are_enough():
    row = {"form": ROW["form"], "coefficients": ROW["coefficients"]}
    law = PublishedLaw.from_row("mine", row)
    assert (law.law, law.counts, law.loss_unit, law.family) == (
        Additive(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28),
        "total",
        "nats/token",
        "own",
    )


def test_a_row_comes_back_as_it_was():
    assert PublishedLaw.from_row("mine", ROW).to_row() == ROW


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cuonts": "total"}, "law mine: 'cuonts' is no known key; known are form, coefficients, title"),
        (
            {"counts": "all"},
            "law mine: counts must be one of total, non-embedding, active, with-head, not 'all'",
        ),
        ({"year": "2022"}, "law mine: year must be a whole number, not '2022'"),
        ({"spread": "yes"}, "law mine: spread must be true or false, not 'yes'"),
        ({"ranges": {"flops": {"low": -1.0}}}, "law mine: ranges: flops: low must be positive, not -1.0"),
        ({"checks": [{"flops": 1e23}]}, "law mine: checks[0] must name what is given and what it gives"),
        (
            {"provenance": "guess"},
            "law mine: provenance must be one of primary, secondary, recomputed, memory",
        ),
    ],
)
def test_malformed_rows_are_refused_with_key_and_value(change, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        PublishedLaw.from_row("mine", {**ROW, **change})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("authors", "citation"),
    [
        ((), "2024"),
        (("Ada Lovelace",), "Lovelace 2024"),
        (("Ada Lovelace", "Alan Turing"), "Lovelace and Turing 2024"),
        (("Ada Lovelace", "others"), "Lovelace et al. 2024"),
        (("Ada Lovelace", "Alan Turing", "Grace Hopper"), "Lovelace et al. 2024"),
        (("Harm de Vries",), "de Vries 2024"),
    ],
)
def test_citations_name_one_two_or_et_al(authors, citation):
    law = Additive(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)
    assert PublishedLaw("mine", law, authors=authors, year=2024).citation == citation


@pytest.mark.parametrize(
    ("name", "allocates"),
    [("besiroglu2024", True), ("kaplan2020", True), ("sardana2024-all", False), ("gpt3-2020", False)],
)
def test_only_laws_meant_to_split_a_budget_allocate(name, allocates):
    assert tables.law(name).allocates is allocates


def test_the_whole_table_is_parsed_in_under_15_milliseconds():
    text = (tables.folder() / "laws.toml").read_text(encoding="utf-8")

    def seconds():
        begun = process_time()
        tomllib.loads(text)
        return process_time() - begun

    # the least of several, in processor time: what the parser needs, whatever else the machine does
    assert min(seconds() for _ in range(10)) < 0.015
