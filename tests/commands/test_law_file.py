"""A saved fit: what it holds, who takes it, and what happens to a damaged one."""

import csv
import hashlib
import json
import shlex

import pytest

from scalecalc import tables
from scalecalc.commands import call
from scalecalc.laws import PublishedLaw
from scalecalc.problem import ExitCode, Problem


@pytest.fixture
def saved(tmp_path):
    """Fits and saves; returns the path and what the file holds."""

    def law_of(**inputs):
        path = tmp_path / "law.json"
        call("fit", **{"runs": "chinchilla", "save": path, **inputs})
        return path, json.loads(path.read_text())

    return law_of


def test_file_holds_everything_that_is_promised(saved):
    _, law = saved(counts="non-embedding", objective="huber-1e-3")
    result = call("fit", runs="chinchilla", objective="huber-1e-3")
    assert law["form"] == "additive"
    assert law["coefficients"] == {name: each.value for name, each in result.parameters.items()}
    assert (law["counts"], law["loss_unit"]) == ("non-embedding", "nats/token")
    assert {"params", "tokens", "flops"} == law["ranges"].keys()
    assert [len(row) for row in law["fit"]["covariance"]] == [6] * 6
    own = (tables.folder() / "runs" / "chinchilla.csv").read_bytes()
    assert law["fit"]["fingerprint"] == hashlib.sha256(own).hexdigest()


def test_command_line_in_the_file_makes_the_same_law_again(saved, scalecalc, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, law = saved(objective="huber-raw", fix=["alpha=0.34"], where=["flops<1e21"], keep_outliers=True)
    command = law["fit"]["command"]
    assert command.startswith("scalecalc fit chinchilla ")
    path.unlink()
    assert scalecalc(*shlex.split(command)[1:]).code == 0
    assert json.loads(path.read_text()) == law


def test_json_of_the_answer_holds_the_same_law(saved):
    path, law = saved()
    result = call("fit", runs="chinchilla", save=path)
    assert json.loads(json.dumps(result.law)) == law
    assert result.saved == str(path)


def test_unit_of_the_loss_is_the_tables_own_or_as_asked(saved):
    assert saved(runs="llama3")[1]["loss_unit"] == "nll_unspecified"
    assert saved(runs="llama3", loss_unit="bits/byte")[1]["loss_unit"] == "bits/byte"


@pytest.mark.parametrize("form", ["additive", "shared-exponent", "joint-power", "kaplan-joint"])
def test_every_surface_predicts_what_was_fitted(form, saved):
    path, law = saved(form=form)
    own = PublishedLaw.from_row("own", {key: value for key, value in law.items() if key != "fit"})
    (forecast,) = call("fit", runs="chinchilla", form=form, at=["1e22"]).forecasts
    params, tokens = own.law.optimal(1e22)
    assert (params, tokens) == pytest.approx((forecast.params.value, forecast.tokens.value), rel=1e-9)
    assert own.law.loss(params, tokens) == pytest.approx(forecast.loss.value, rel=1e-12)
    assert call("optimal", flops="1e22", law=[str(path)]).fitted == forecast


@pytest.mark.parametrize(("form", "x"), [("power", "flops"), ("power-floor", "flops"), ("power", "params")])
def test_every_curve_predicts_what_was_fitted(form, x, saved):
    _, law = saved(form=form, x=x)
    own = PublishedLaw.from_row("own", {key: value for key, value in law.items() if key != "fit"})
    found = {
        name: each.value for name, each in call("fit", runs="chinchilla", form=form, x=x).parameters.items()
    }
    power = found["b"] if form == "power" else -found["b"]
    assert own.law.loss(1e9) == pytest.approx(found.get("E", 0) + found["a"] * 1e9**power)


class TestOtherCommands:
    def test_laws_tell_the_interval_of_every_constant(self, saved):
        path, _ = saved()
        constants = call("laws", words=[str(path)]).detail.constants
        fitted = call("fit", runs="chinchilla").parameters
        assert {each.name: (each.interval.low, each.interval.high) for each in constants} == {
            name: (each.low, each.high) for name, each in fitted.items()
        }
        assert all(each.interval is None for each in call("laws", words=["besiroglu2024"]).detail.constants)

    def test_laws_tell_the_interval_of_a_falling_exponent_the_right_way_round(self, saved):
        path, _ = saved(form="power", x="flops")
        constants = {each.name: each.interval for each in call("laws", words=[str(path)]).detail.constants}
        assert 0 < constants["exponent"].low < constants["exponent"].high

    def test_laws_tell_a_law_of_a_table_in_billions(self, saved, tmp_path):
        source = tmp_path / "billions.csv"
        with (tables.folder() / "runs" / "chinchilla.csv").open() as file:
            runs = [(float(row["params"]), float(row["tokens"]), row["loss"]) for row in csv.DictReader(file)]
        lines = [f"{params / 1e9},{tokens / 1e9},{loss}" for params, tokens, loss in runs]
        source.write_text("\n".join(["params,tokens,loss", *lines]) + "\n")
        path, _ = saved(runs=str(source))
        fitted = {each.quantity: each.low for each in call("laws", words=[str(path)]).detail.fitted}
        assert fitted["parameters"] == pytest.approx(min(params for params, _, _ in runs) / 1e9)

    def test_gpu_hours_tell_the_range_of_sizes_that_a_cluster_buys(self, saved):
        path, _ = saved()
        for row in call("gpu-hours", gpus="512", law=[str(path)]).buys:
            assert row.params_over_fit.low < row.params < row.params_over_fit.high
            assert row.loss_over_fit.low < row.loss < row.loss_over_fit.high
        assert all(row.params_over_fit is None for row in call("gpu-hours", gpus="512").buys)

    def test_models_tell_the_optimum_of_one_model_with_intervals(self, saved):
        path, _ = saved()
        found = call("models", name="chinchilla-70b", law=[str(path)])
        assert found.fitted.params.low < found.fitted.params.value < found.fitted.params.high
        assert found.fitted.params.value == pytest.approx(found.detail.against_optimum.optimal_params)
        assert call("models", name="chinchilla-70b").fitted is None

    def test_fit_that_is_no_optimum_warns_wherever_it_is_followed(self, saved):
        path, law = saved(bounds=["beta=0.2..0.3"])
        assert law["warning"] == "at a bound: beta = 0.3"
        notes = call("optimal", flops="1e22", law=[str(path)]).notes
        assert any("at a bound: beta = 0.3" in note.message and note.level == "warning" for note in notes)


class TestDamagedFiles:
    def refused(self, path, law):
        path.write_text(json.dumps(law))
        with pytest.raises(Problem) as caught:
            call("predict", flops="1e22", law=[str(path)])
        assert caught.value.exit_code == ExitCode.BAD_DATA
        return caught.value.message

    def test_constants_that_are_not_those_of_the_fit_are_refused(self, saved):
        path, law = saved()
        law["coefficients"]["alpha"] = 0.34
        assert "alpha is 0.34 in the law, 0.34" in self.refused(path, law)

    @pytest.mark.parametrize(
        "damage",
        [
            {"covariance": [[1.0]]},
            {"covariance": [["x"] * 6] * 6},
            {"theta": None},
            {"degrees": 0},
            {"centers": [1.0]},
            {"sigma": -1},
            {"form": "cubic"},
            {"report": {}},
            {"ranges": {"flops": [1]}},
        ],
    )
    def test_damaged_fit_is_refused(self, damage, saved):
        path, law = saved()
        assert "law.json" in self.refused(path, {**law, "fit": {**law["fit"], **damage}})

    @pytest.mark.parametrize("fit", [[], "fit", 3, {}, {"covariance": []}])
    def test_fit_that_is_none_is_refused(self, fit, saved):
        path, law = saved()
        assert self.refused(path, {**law, "fit": fit})

    def test_law_without_a_fit_is_a_law_without_intervals(self, saved):
        path, law = saved()
        del law["fit"]
        path.write_text(json.dumps(law))
        assert call("predict", flops="1e22", law=[str(path)]).predictions[0].loss.low is None


class TestSaving:
    def test_columns_that_are_no_law_are_not_saved(self, tmp_path):
        path = tmp_path / "law.json"
        with pytest.raises(Problem, match="tokens against params is no law") as caught:
            call("fit", runs="llama3", x="params", y="tokens", save=path)
        assert caught.value.exit_code == ExitCode.NO_ANSWER
        assert not path.exists()

    def test_command_that_fails_later_saves_nothing(self, tmp_path):
        path = tmp_path / "law.json"
        with pytest.raises(Problem):
            call("fit", runs="pile", approach="2", save=path)
        assert not path.exists()

    def test_place_that_cannot_be_written_is_told(self, tmp_path):
        with pytest.raises(Problem, match="cannot write"):
            call("fit", runs="chinchilla", save=tmp_path / "nowhere" / "law.json")

    def test_old_file_is_replaced_whole(self, saved, tmp_path):
        path, law = saved()
        assert saved(objective="huber-raw")[1] != law
        assert [each.name for each in tmp_path.iterdir()] == [path.name]
