"""Every law of data/further_laws.toml: its receipts, its published values, and what its form must do."""

import json
import tomllib
from math import exp, inf, log
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc import tables
from scalecalc.laws import PublishedLaw, Surface
from scalecalc.laws.conditional import Conditional
from scalecalc.laws.downstream import ErrorLaw
from scalecalc.laws.precision import Precision
from scalecalc.laws.transfer import Transfer
from scalecalc.laws.vocabulary import VocabularyPower

TEXT = (tables.folder() / "further_laws.toml").read_text(encoding="utf-8")
PUBLISHED = tuple(PublishedLaw.from_row(name, row) for name, row in tomllib.loads(TEXT).items())
UNRANGED = {"abnar2025"}

every_law = pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.name)

SURFACES = [
    *(("ludziejewski2025", {"experts": experts}) for experts in (1, 8, 32)),
    *(("krajewski2024-moe", {"granularity": granularity}) for granularity in (1, 8, 64)),
    *(("kumar2024", {"weights": bits, "activations": bits, "cache": bits}) for bits in (4, 8, inf)),
]
every_surface = pytest.mark.parametrize(("name", "conditions"), SURFACES)


def law(name):
    return next(entry.law for entry in PUBLISHED if entry.name == name)


def logarithmic(low, high):
    return st.floats(log(low), log(high)).map(exp)


# ---------------------------------------------------------------- what it carries


@every_law
def test_names_its_paper_its_place_and_what_is_doubtful(entry):
    fields = (entry.title, entry.paper, entry.authors, entry.year, entry.arxiv, entry.where, entry.caveats)
    assert all(fields)


@every_law
def test_survives_the_way_through_its_row_and_through_json(entry):
    row = json.loads(json.dumps(entry.to_row(), allow_nan=False))
    assert PublishedLaw.from_row(entry.name, row) == entry


@pytest.mark.parametrize(
    "entry", [entry for entry in PUBLISHED if entry.name not in UNRANGED], ids=lambda entry: entry.name
)
def test_has_a_fitted_range(entry):
    assert entry.ranges.to_row()


def test_a_law_without_a_range_says_so():
    (entry,) = (entry for entry in PUBLISHED if entry.name in UNRANGED)
    assert "the fitted range was not checked against the paper" in entry.caveats


@every_law
def test_formula_names_every_coefficient(entry):
    assert [name for name in entry.law.coefficients() if name not in entry.law.formula] == []


def test_names_and_aliases_are_unique_over_both_files():
    every = [*PUBLISHED, *tables.laws().values()]
    names = [name for entry in every for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))


def test_nothing_ships_from_memory():
    assert {entry.provenance for entry in PUBLISHED} <= {"primary", "secondary", "recomputed"}


def test_no_law_of_this_file_splits_a_budget_before_its_conditions_are_fixed():
    assert not any(entry.allocates or entry.spread for entry in PUBLISHED)


def test_what_the_authors_or_their_held_out_runs_doubt_carries_a_warning():
    assert [entry.name for entry in PUBLISHED if entry.warning] == ["abnar2025", "kumar2024"]


def test_the_file_is_parsed_in_under_15_milliseconds():
    def seconds():
        begun = process_time()
        tomllib.loads(TEXT)
        return process_time() - begun

    assert min(seconds() for _ in range(10)) < 0.015


# ---------------------------------------------------------------- surfaces under conditions


@every_surface
def test_conditions_are_those_that_the_form_names(name, conditions):
    assert set(conditions) == set(law(name).conditions)


@every_surface
@settings(max_examples=40, deadline=None)
@given(
    params=logarithmic(1e6, 1e12),
    tokens=logarithmic(1e8, 1e14),
    flops=logarithmic(1e16, 1e27),
    step=logarithmic(1.01, 100),
)
def test_a_surface_falls_and_has_its_optimum_on_the_budget(name, conditions, params, tokens, flops, step):
    surface = law(name).at(**conditions)
    assert isinstance(surface, Surface)
    here = surface.loss(params, tokens)
    assert max(surface.loss(params * step, tokens), surface.loss(params, tokens * step)) < here
    best = surface.optimal(flops)
    assert 6 * best[0] * best[1] == pytest.approx(flops, rel=1e-13)
    aside = [surface.loss(best[0] * turn, best[1] / turn) for turn in (step, 1 / step)]
    assert surface.optimal_loss(flops) < min(aside)


@every_surface
def test_a_surface_takes_arrays(name, conditions):
    surface = law(name).at(**conditions)
    params, tokens = np.geomspace(1e7, 1e11, 5), np.geomspace(1e12, 1e9, 5)
    each = [surface.loss(float(n), float(d)) for n, d in zip(params, tokens, strict=True)]
    np.testing.assert_allclose(surface.loss(params, tokens), each, rtol=1e-14)


# ---------------------------------------------------------------- published values


def answer(entry, at):
    """Quantity that the check asks for, from the method that the kind of law has for it."""
    held = entry.law
    if isinstance(held, Precision):
        return {"kept": held.kept(**at)}
    if isinstance(held, Transfer):
        return {"transferred": held.transferred(**at)}
    if isinstance(held, VocabularyPower):
        return {"vocab": held.vocab(at["params"], at["width"])}
    assert isinstance(held, Conditional)
    conditions = {name: at[name] for name in held.conditions}
    rest = [value for name, value in at.items() if name not in conditions]
    return {"loss": held.at(**conditions).loss(*rest)}


@pytest.mark.parametrize(
    ("entry", "check"),
    [pytest.param(entry, check, id=entry.name) for entry in PUBLISHED for check in entry.checks],
)
def test_gives_the_values_that_its_row_lists(entry, check):
    assert answer(entry, dict(check.at)) == pytest.approx(dict(check.gives), rel=check.rtol)


@every_law
def test_every_law_has_a_check_or_a_test_of_its_own(entry):
    tested_below = {"abnar2025", "tao2024-a3", "tao2024-compression"}
    assert entry.checks or entry.name in tested_below or isinstance(entry.law, ErrorLaw)


@pytest.mark.parametrize(
    ("experts", "m", "mu", "n", "nu"),
    [
        # Ludziejewski et al. 2025, table 4: L = m N^mu + n D^nu + 1.3637
        (1, 30.3640, 0.1817, 53.9838, 0.1965),
        (8, 21.8330, 0.1676, 119.9126, 0.2338),
        (32, 16.5424, 0.1557, 234.6726, 0.2652),
    ],
)
def test_table_4_of_the_joint_law_within_the_rounding_of_its_constants(experts, m, mu, n, nu):
    surface = law("ludziejewski2025").at(experts=experts)
    assert (surface.A, surface.alpha, surface.B, surface.beta, surface.E) == pytest.approx(
        (m, mu, n, nu, 1.3637), rel=3e-3
    )


def test_reduced_joint_law_of_eight_experts():
    surface = law("ludziejewski2025").at(experts=8)
    assert (surface.A, surface.alpha, surface.B, surface.beta) == pytest.approx(
        (21.841, 0.1676, 119.84, 0.2339), rel=1e-3
    )


@pytest.mark.parametrize(
    ("name", "cutoff"), [("clark2022-sbase", 1.0e12), ("clark2022-rlr", 3.2e10), ("clark2022-hash", 2.2e11)]
)
def test_size_beyond_which_experts_no_longer_help(name, cutoff):
    # from three-digit constants; the paper prints 9.37e11, 8.5e10 and 8.3e10
    assert law(name).cutoff == pytest.approx(cutoff, rel=3e-2)


@pytest.mark.parametrize("name", ["clark2022-sbase", "clark2022-rlr", "clark2022-hash"])
@pytest.mark.parametrize("params", [1e8, 1.3e9])
def test_one_expert_is_the_dense_law_of_the_paper(name, params):
    # Clark et al. 2022: (3.568e13 / N)**0.078; natural logarithms would miss it four times over
    dense = (3.568e13 / params) ** 0.078
    assert law(name).loss(params, 1) == pytest.approx(dense, rel=4e-2)


@pytest.mark.parametrize(
    ("params", "tokens", "sparsity", "loss"), [(1e9, 2e10, 0.0, 2.566), (8e9, 2e10, 0.875, 2.3813)]
)
def test_sparse_experts(params, tokens, sparsity, loss):
    assert law("abnar2025").at(sparsity).loss(params, tokens) == pytest.approx(loss, rel=2e-4)


@pytest.mark.parametrize(("bits", "with_offset"), [(8, 0.8278), (4, 0.191)])
def test_share_of_parameters_that_low_precision_keeps(bits, with_offset):
    assert law("kumar2024").kept(bits, bits, bits) == pytest.approx(with_offset, rel=3e-3)


def test_best_precision_is_seven_bits():
    # Kumar et al. 2024 report 7 to 8 bits; without the offsets of appendix K it would be 3.5
    assert law("kumar2024").best_bits() == pytest.approx(7.00, abs=0.01)


@pytest.mark.parametrize(
    ("non_vocab", "width", "approach_1", "approach_2", "approach_3"),
    [
        (3e9, 3200, 39e3, 43e3, 37e3),
        (7e9, 4096, 62e3, 67e3, 60e3),
        (13e9, 5120, 83e3, 91e3, 81e3),
        (30e9, 6048, 142e3, 154e3, 142e3),
        (70e9, 8192, 212e3, 231e3, 218e3),
        (130e9, 12288, 237e3, 258e3, 248e3),
        (300e9, 16384, 356e3, 389e3, 383e3),
    ],
)
def test_best_vocabularies_of_the_three_approaches(non_vocab, width, approach_1, approach_2, approach_3):
    # in whole thousands, with the widths of the authors' code; approach 3 on the budget of approach 1
    flops = (non_vocab / law("tao2024-a1").unit) ** 2
    found = (
        law("tao2024-a1").vocab(non_vocab, width),
        law("tao2024-a2").vocab(non_vocab, width),
        law("tao2024-a3").vocab(non_vocab, width, flops),
    )
    assert found == pytest.approx((approach_1, approach_2, approach_3), rel=1.5e-2)


def test_headline_of_the_vocabulary_paper():
    # Llama 2 70B has 32,000 entries where the paper finds at least 216,000 right
    flops = (70e9 / law("tao2024-a1").unit) ** 2
    assert law("tao2024-a3").vocab(70e9, 8192, flops) > 216e3


def test_approaches_1_and_2_have_nearly_one_exponent():
    assert law("tao2024-a1").exponent == pytest.approx(2 * 0.4163622634135234, rel=1e-15)
    assert law("tao2024-a2").exponent == pytest.approx(law("tao2024-a1").exponent, abs=3e-3)


def test_a_vocabulary_of_fifty_thousand_needs_a_quarter_of_a_token_per_character():
    # 4.1 characters per token; Kaplan et al. 2020, footnote 7, has 4.3 for GPT-2's tokenizer on WebText2
    assert 1 / law("tao2024-compression").tokens_per_character(50257) == pytest.approx(4.3, rel=0.05)


@pytest.mark.parametrize(
    ("name", "loss", "error"),
    # at the loss where the three over-training laws predict a 6.9B model on 138B tokens; from the constants
    [
        ("gadre2024-error-c4", 2.4, 0.5111),
        ("gadre2024-error-redpajama", 2.4, 0.4596),
        ("gadre2024-error-refinedweb", 2.4, 0.4599),
    ],
)
def test_mean_error_at_a_loss(name, loss, error):
    assert law(name).error(loss) == pytest.approx(error, rel=1e-3)
