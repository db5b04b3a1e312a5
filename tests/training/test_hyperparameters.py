"""Every law of data/hyperparameters.toml, and the reading of such a law."""

import tomllib
from time import process_time

import pytest

from scalecalc import tables
from scalecalc.training.hyperparameters import QUANTITIES, HyperparameterLaw, Settings
from scalecalc.training.run import TrainingRun

TEXT = (tables.folder() / "hyperparameters.toml").read_text(encoding="utf-8")
LAWS = tuple(HyperparameterLaw.from_row(name, row) for name, row in tomllib.loads(TEXT).items())
UNRANGED = {"kaplan2020-bcrit", "moonlight2025"}

every_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)


def law(name):
    return next(law for law in LAWS if law.name == name)


def value(name, quantity, **known):
    return law(name).rules[quantity].value(known)


# ---------------------------------------------------------------- what it carries


@every_law
def test_names_its_paper_its_place_and_what_is_doubtful(law):
    assert all((law.title, law.paper, law.authors, law.year, law.arxiv, law.where, law.caveats))


@every_law
def test_has_a_range_or_says_that_it_was_not_checked(law):
    known = (law.ranges.params, law.ranges.tokens, law.ranges.flops)
    assert any(each.low or each.high for each in known) == (law.name not in UNRANGED)
    unchecked = any("fitted range" in caveat and "not checked" in caveat for caveat in law.caveats)
    assert unchecked == (law.name in UNRANGED)


def test_names_and_aliases_are_unique():
    names = [name for law in LAWS for name in (law.name, *law.aliases)]
    assert len(names) == len(set(names))


def test_nothing_ships_from_memory_but_settings_that_say_so():
    assert {law.provenance for law in LAWS} <= {"primary", "secondary", "recomputed"}
    assert {name for law in LAWS for name in law.settings.unverified} <= {
        *("beta1", "beta2", "eps", "weight_decay", "warmup_steps", "schedule", "batch_tokens"),
    }


def test_the_file_is_parsed_in_under_15_milliseconds():
    def seconds():
        begun = process_time()
        tomllib.loads(TEXT)
        return process_time() - begun

    assert min(seconds() for _ in range(10)) < 0.015


# ---------------------------------------------------------------- published values


@pytest.mark.parametrize(
    ("law", "check"), [pytest.param(law, check, id=law.name) for law in LAWS for check in law.checks]
)
def test_gives_the_values_that_its_row_lists(law, check):
    found = {name: law.rules[name].value(dict(check.at)) for name, _ in check.gives}
    assert found == pytest.approx(dict(check.gives), rel=check.rtol)


@every_law
def test_every_law_has_a_check(law):
    assert law.checks


def test_step_law_lies_in_the_bootstrap_of_its_authors():
    assert 7.65e-4 < value("steplaw2025", "learning_rate", params=7e9, tokens=1.4e12) < 1.14e-3
    assert 4.2e6 < value("steplaw2025", "batch_tokens", tokens=1.4e12) < 5.9e6


def test_the_rule_of_bjorck_in_raw_units_has_the_factor_138():
    raw = value("bjorck2024", "learning_rate", params=1.0, tokens=1.0)
    assert raw == pytest.approx(138, rel=5e-3)


def test_learning_rates_of_one_billion_on_twenty_differ_sixfold():
    # 2.1e-3 by Porian et al., 5.9e-4 by Bjorck et al., 3.5e-4 by Kaplan et al.
    rates = [
        value(name, "learning_rate", params=1e9, tokens=2e10)
        for name in ("porian2024-hp", "bjorck2024", "kaplan2020-lr")
    ]
    assert rates == pytest.approx([2.1e-3, 5.9e-4, 3.5e-4], rel=2e-2)


# ---------------------------------------------------------------- where it applies


def test_a_law_in_loss_needs_the_loss():
    without, told = TrainingRun.of(1e9, 2e10), TrainingRun.of(1e9, 2e10, loss=2.5)
    assert law("minicpm2024-bs").missing(without) == ("loss",)
    assert not law("minicpm2024-bs").applies(without)
    assert law("minicpm2024-bs").applies(told)


def test_the_rate_of_kaplan_ends_at_twelve_billion_parameters():
    assert law("kaplan2020-lr").applies(TrainingRun.of(1.1e10, 2e11))
    assert not law("kaplan2020-lr").applies(TrainingRun.of(1.3e10, 2e11))


# ---------------------------------------------------------------- rows

ROW = {
    "learning_rate": {"factor": 0.3, "flops": -0.125},
    "counts": "non-embedding",
    "settings": {"optimizer": "AdamW", "beta2": 0.95, "unverified": ["beta2"]},
}


def test_a_rule_is_enough():
    read = HyperparameterLaw.from_row("x", {"batch_tokens": {"factor": 1.0, "tokens": 0.5}})
    assert (list(read.rules), read.counts, read.settings) == (["batch_tokens"], "total", Settings())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"learning_rat": {}},
            "law x: 'learning_rat' is no known key; known are learning_rate, batch_tokens",
        ),
        (
            {"counts": "all"},
            "law x: counts must be one of total, non-embedding, active, with-head, not 'all'",
        ),
        ({"settings": {"beta3": 1.0}}, "law x: settings: 'beta3' is no known key"),
        ({"settings": {"beta1": -1.0}}, "law x: settings: beta1 must be positive, not -1.0"),
        (
            {"settings": {"unverified": ["beta1"]}},
            r"law x: settings: unverified must be names of settings that are there",
        ),
    ],
)
def test_malformed_rows_are_refused_with_key_and_value(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        HyperparameterLaw.from_row("x", {**ROW, **change})


def test_a_law_that_gives_nothing_is_refused():
    with pytest.raises(ValueError, match=f"^law x must give one of {', '.join(QUANTITIES)}$"):
        HyperparameterLaw.from_row("x", {"counts": "total"})
