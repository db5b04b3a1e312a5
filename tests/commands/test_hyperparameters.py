"""scalecalc hyperparameters: each law at the values its paper or model states, side by side."""

import pytest

from scalecalc import commands, tables
from scalecalc.training.run import TrainingRun

KAPLAN_OF_70B = ("hyperparameters", "--params", "70B", "--tokens", "2T", "--law", "kaplan2020-lr")


def hyperparameters(**asked):
    return commands.call("hyperparameters", **asked)


def advice(law, **asked):
    (found,) = hyperparameters(**asked, law=[law]).laws
    return found


class TestPublishedNumbers:
    @pytest.mark.parametrize(
        ("params", "tokens", "rate", "batch"), [(7e9, 1.4e12, 9.17e-4, 5.00e6), (1e9, 1e11, 1.63e-3, 1.11e6)]
    )
    def test_step_law(self, params, tokens, rate, batch):
        found = advice("steplaw2025", params=params, tokens=tokens, count="non-embedding")
        assert found.learning_rate == pytest.approx(rate, rel=5e-3)
        assert found.batch_tokens == pytest.approx(batch, rel=5e-3)
        assert found.steps == pytest.approx(tokens / batch, rel=5e-3)

    def test_deepseek_67b(self):
        # the released model: rate 3.2e-4, 4608 sequences of 4096 tokens, 2T tokens; 6ND for its 66B of layers
        found = advice("deepseek2024-hp", params="66B", tokens="2T", count="non-embedding")
        assert found.learning_rate == pytest.approx(3.2e-4, rel=2e-2)
        assert found.batch_tokens == pytest.approx(4608 * 4096, rel=6e-2)

    @pytest.mark.parametrize(
        ("law", "rate"), [("porian2024-hp", 2.1e-3), ("bjorck2024", 5.9e-4), ("kaplan2020-lr", 3.5e-4)]
    )
    def test_learning_rates_of_1b_on_20b_tokens(self, law, rate):
        count = "non-embedding" if law == "kaplan2020-lr" else "total"
        found = advice(law, params="1B", tokens="20B", count=count)
        assert found.learning_rate == pytest.approx(rate, rel=2e-2)

    @pytest.mark.parametrize(("loss", "batch"), [(3.0, 1.07e6), (2.0, 7.37e6)])
    def test_kaplans_critical_batch(self, loss, batch):
        found = advice("kaplan2020-bcrit", params="1B", tokens="20B", loss=loss)
        assert found.critical_batch_tokens == pytest.approx(batch, rel=1e-2)

    def test_minicpms_batch(self):
        assert advice("minicpm2024-bs", params="1B", tokens="20B", loss=3.0).batch_tokens == pytest.approx(
            1.275e6, rel=1e-3
        )

    def test_weight_decay_follows_from_the_timescale(self):
        # Bergsma et al. 2025: B / (rate * decay * D) = 1.084 * 20**-0.527 at 20 tokens per parameter
        found = hyperparameters(params="1B", tokens="20B", law=["bergsma2025", "steplaw2025"])
        (decay,) = found.decays
        rate, batch = found.laws[1].learning_rate, found.laws[1].batch_tokens
        assert batch / (rate * decay.weight_decay * 20e9) == pytest.approx(1.084 * 20**-0.527, rel=1e-3)


class TestSideBySide:
    def test_every_law_that_applies_has_its_row_and_its_basis(self):
        found = hyperparameters(params="1B", tokens="20B")
        assert [each.law for each in found.laws] == list(tables.hyperparameter_laws())
        assert [each.law for each in found.bases] == [each.law for each in found.laws]

    def test_a_law_that_gives_no_positive_number_is_left_out_with_a_note(self, scalecalc):
        # Kaplan's rate is 0.003239 - 0.0001395 ln N, zero at 1.2e10 parameters
        outcome = scalecalc("hyperparameters", "--params", "70B", "--tokens", "2T", "--json").json
        assert "kaplan2020-lr" not in {each["law"] for each in outcome["result"]["laws"]}
        assert any(note["code"] == "not-applicable" for note in outcome["notes"])
        assert scalecalc(*KAPLAN_OF_70B).code == 1

    def test_more_than_twofold_disagreement_is_noted(self, scalecalc):
        outcome = scalecalc("hyperparameters", "--params", "1B", "--tokens", "20B", "--json").json
        (rates,) = [each for each in outcome["result"]["apart"] if each["quantity"] == "learning_rate"]
        # Porian 2.1e-3 against Kaplan 3.5e-4
        assert rates["factor"] == pytest.approx(6, rel=0.1)
        assert (rates["low_law"], rates["high_law"]) == ("kaplan2020-lr", "porian2024-hp")
        assert any(note["code"] == "disagreement" for note in outcome["notes"])

    def test_few_steps_are_warned_of(self, scalecalc):
        outcome = scalecalc("hyperparameters", "--params", "100M", "--tokens", "100M", "--json").json
        assert any(note["code"] == "few-steps" for note in outcome["notes"])
        assert scalecalc("hyperparameters", "--params", "100M", "--tokens", "100M", "--strict").code == 4

    def test_how_far_outside_its_range_a_law_is_asked(self):
        found = advice("steplaw2025", params="11B", tokens="1T", count="non-embedding")
        assert found.beyond == pytest.approx({"params": 10, "tokens": 10})
        assert found.beyond_range == pytest.approx(10)

    def test_settings_and_what_is_unverified_of_them(self):
        found = hyperparameters(params="1B", tokens="20B", law=["steplaw2025"])
        (row,), (basis,) = found.laws, found.bases
        assert (row.beta1, row.beta2, row.weight_decay, row.warmup_steps) == (0.9, 0.95, 0.1, 2000)
        assert row.eps == 1e-8
        assert "beta1" in basis.unverified
        assert basis.schedule == "cosine to 1e-5"
        assert basis.formulas["batch_tokens"] == "0.58*D^0.571"

    def test_settings_of_adamw_stand_side_by_side_for_the_laws_that_tell_them(self):
        found = hyperparameters(params="1B", tokens="20B")
        told = {row.law: row for row in found.laws}
        assert {row.law for row in found.adamw} == {"steplaw2025", "deepseek2024-hp", "porian2024-hp"}
        for row in found.adamw:
            law = told[row.law]
            settings = (row.beta1, row.beta2, row.eps, row.weight_decay)
            assert settings == (law.beta1, law.beta2, law.eps, law.weight_decay)

    def test_one_law_is_told_with_all_its_caveats(self, scalecalc):
        outcome = scalecalc(
            "hyperparameters", "--params", "1B", "--tokens", "20B", "--law", "step-law", "--json"
        ).json
        caveats = [note for note in outcome["notes"] if note["code"] == "caveat"]
        assert len(caveats) == len(tables.hyperparameter_law("steplaw2025").caveats)
        assert any("0.58*D^0.571" in text for text in outcome["assumptions"])

    def test_rows_are_the_laws(self, scalecalc):
        printed = scalecalc("hyperparameters", "--params", "1B", "--tokens", "20B", "--format", "csv").out
        assert len(printed.splitlines()) == 1 + len(tables.hyperparameter_laws())


class TestCounts:
    def test_each_law_sees_the_count_it_was_found_in(self):
        found = {each.law: each.params for each in hyperparameters(params="1B", tokens="20B").bases}
        run = TrainingRun.of(1e9, 20e9)
        assert found["bjorck2024"] == 1e9
        assert found["steplaw2025"] == pytest.approx(run.non_embedding)

    def test_a_published_model_is_counted_exactly(self):
        # Llama 3 8B: 8,030,261,248 parameters, of which 2 x 128256 x 4096 are embedding and head
        found = hyperparameters(model="llama3-8b")
        sizes = {each.law: each.params for each in found.bases}
        assert found.tokens == 15e12
        assert sizes["steplaw2025"] == 8_030_261_248 - 2 * 128_256 * 4096
        assert sizes["porian2024-hp"] == 8_030_261_248 - 128_256 * 4096

    @pytest.mark.parametrize(
        "words",
        [
            "",
            "--params 1B",
            "--tokens 1T",
            "--params 1B --model llama3-8b",
            "--model gpt2-xl",
            "--model x",
            "--params 1B --tokens 1T --law nonsense",
            "--params 1B --tokens 1T --loss 0",
        ],
    )
    def test_what_is_no_run_is_refused(self, scalecalc, words):
        assert scalecalc("hyperparameters", *words.split()).code == 2
