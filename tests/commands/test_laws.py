"""`scalecalc laws`: what published laws say, and a law as a file of one's own."""

import json
from itertools import pairwise

import pytest

from scalecalc import commands, tables
from scalecalc.cli import main
from scalecalc.problem import ExitCode
from scalecalc.render import screen
from scalecalc.render.view import view


def answer(capsys, *arguments):
    assert main(["laws", *arguments, "--json"]) == ExitCode.ANSWERED
    return json.loads(capsys.readouterr().out)["result"]


# N in billions and tokens per parameter at 1e21, 1e23 and 1e25 FLOPs, recomputed from the papers' constants
OPTIMA = {
    "hoffmann2022-a1": [(2.86, 20.4), (28.4, 20.7), (281, 21.1)],
    "hoffmann2022-a2": [(2.82, 21.0), (26.9, 23.0), (257, 25.3)],
    "hoffmann2022-a3": [(2.22, 33.9), (18.2, 50.6), (149, 75.5)],
    "hoffmann2022-a3-rounded": [(1.82, 50.1), (14.6, 78.2), (117, 122.1)],
    "besiroglu2024": [(2.78, 21.6), (29.5, 19.2), (312, 17.1)],
    "muennighoff2023": [(2.92, 19.6), (29.2, 19.6), (292, 19.6)],
    "porian2024": [(3.24, 15.9), (31.9, 16.4), (315, 16.8)],
    "kaplan2020": [(7.77, 2.8), (224, 0.33), (6460, 0.04)],
    "kaplan2020-at-bcrit": [(4.68, 7.6), (135, 0.91), (3900, 0.11)],
    "llama3-2024": [(2.95, 19.2), (24.8, 27.0), (210, 38.0)],
    "deepseek2024": [(2.93, 19.5), (32.7, 15.6), (366, 12.4)],
    "busbridge2025-supervised": [(3.05, 17.9), (32.5, 15.8), (346, 13.9)],
    "krajewski2024-dense": [(1.95, 43.8), (19.7, 43.0), (199, 42.2)],
}


@pytest.mark.parametrize("name", OPTIMA)
def test_sizes_and_ratios_at_three_budgets_are_those_of_the_papers(capsys, name):
    (row,) = answer(capsys, name)["laws"]
    for budget, (billions, ratio) in zip(("1e21", "1e23", "1e25"), OPTIMA[name], strict=True):
        assert row[f"params_at_{budget}"] == pytest.approx(billions * 1e9, rel=6e-3)  # three digits
        # printed with one digit after the point, or two below one
        assert row[f"tokens_per_param_at_{budget}"] == pytest.approx(ratio, rel=3e-3, abs=0.051)


def test_the_tokens_use_up_the_budget(capsys):
    points = answer(capsys, "llama3-2024")["detail"]["optima"]
    assert [point["flops"] for point in points] == [1e21, 1e23, 1e25]
    for point in points:
        assert 6 * point["params"] * point["tokens"] == pytest.approx(point["flops"], rel=1e-12)
        assert point["tokens_per_param"] == pytest.approx(point["tokens"] / point["params"], rel=1e-12)


def test_every_law_is_listed_once_its_family_together(capsys):
    rows = answer(capsys)["laws"]
    assert {row["name"] for row in rows} == set(tables.laws())
    assert len(rows) == len(tables.laws())
    families = [row["family"] for row in rows]
    changes = sum(one != other for one, other in pairwise(families))
    assert changes == len(set(families)) - 1


def test_a_law_that_does_not_split_a_budget_has_no_optimum(capsys):
    rows = {row["name"]: row for row in answer(capsys)["laws"]}
    for name in ("kaplan2020-n", "kaplan2020-joint", "gpt3-2020", "gadre2024-c4"):
        assert rows[name]["allocates"] is False
        assert rows[name]["params_at_1e23"] is None
    assert main(["laws"]) == ExitCode.ANSWERED
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  kaplan2020-n ")]
    assert line.split()[1:7] == ["-"] * 6


def test_a_list_and_a_single_law_have_the_same_keys(capsys):
    several, one = answer(capsys), answer(capsys, "besiroglu2024")
    assert set(several) == set(one) == {"laws", "further", "detail", "law", "comparison", "bibtex"}
    assert set(several["laws"][0]) == set(one["laws"][0])
    assert several["detail"] is None
    assert several["law"] is None
    assert several["comparison"] is one["comparison"] is several["bibtex"] is one["bibtex"] is None


def test_constants_are_told_in_full_with_their_standard_errors(capsys):
    """Besiroglu et al. 2024, the refitted equation with its bootstrap standard errors."""
    constants = answer(capsys, "besiroglu2024")["detail"]["constants"]
    assert [(each["name"], each["value"], each["standard_error"]) for each in constants] == [
        ("E", 1.8172, 0.03),
        ("A", 482.01, 124.58),
        ("B", 2085.43, 1293.23),
        ("alpha", 0.3478, 0.02),
        ("beta", 0.3658, 0.02),
    ]
    main(["laws", "hoffmann2022-a3"])
    assert "0.33917084" in capsys.readouterr().out  # the exponent with all its digits


def test_a_companion_curve_is_told_with_its_own_constants(capsys):
    """Kaplan et al. 2020, table 6 and eq. 1.3, in PF-days of 8.64e19 FLOPs."""
    constants = {each["name"]: each["value"] for each in answer(capsys, "kaplan2020")["detail"]["constants"]}
    assert constants["scale"] == 1.3e9
    assert constants["exponent"] == 0.73
    assert constants["unit"] == 8.64e19
    assert constants["curve.scale"] == 3.1e8
    assert constants["curve.of"] == "flops"


def test_a_law_is_told_with_conventions_range_and_source(capsys):
    assert main(["laws", "deepseek2024"]) == ExitCode.ANSWERED
    shown = capsys.readouterr().out
    for told in ("M* = scale * C^exponent", "bits/byte", "non-embedding", "2401.02954", "3e20", "secondary"):
        assert told in shown


def test_a_curve_in_compute_tells_its_loss_and_no_size(capsys):
    """Brown et al. 2020, figure 3.1: L = 2.57 C**-0.048 with C in PF-days."""
    points = answer(capsys, "gpt3-2020")["detail"]["optima"]
    assert [point["params"] for point in points] == [None] * 3
    assert points[1]["loss"] == pytest.approx(2.57 * (1e23 / 8.64e19) ** -0.048, rel=1e-12)


def test_a_warning_and_caveats_are_notes(capsys):
    main(["laws", "hoffmann2022-a3-rounded", "--json"])
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert [note["level"] for note in notes] == ["warning", "note"]
    assert "rounded" in notes[0]["message"]
    assert main(["laws", "hoffmann2022-a3-rounded", "--strict"]) == ExitCode.FINDINGS


@pytest.mark.parametrize("name", tables.all_laws())
def test_every_law_saved_as_a_file_is_the_same_law(capsys, tmp_path, name):
    path = tmp_path / "law.json"
    path.write_text(json.dumps(answer(capsys, name)["law"]))
    assert tables.law(str(path)).law == tables.law(name).law
    assert answer(capsys, str(path))["law"] == answer(capsys, name)["law"]


def test_a_saved_law_is_followed_by_optimal(capsys, tmp_path):
    path = tmp_path / "law.json"
    path.write_text(json.dumps(answer(capsys, "hoffmann2022-a3")["law"]))
    assert main(["optimal", "--flops", "5.76e23", "--law", str(path), "--json"]) == ExitCode.ANSWERED
    params = json.loads(capsys.readouterr().out)["result"]["params"]
    assert params == pytest.approx(4.04e10, rel=2e-3)  # three digits of the unrounded approach 3


def test_a_file_of_form_and_coefficients_alone_is_told(capsys, tmp_path):
    path = tmp_path / "mine.json"
    coefficients = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    path.write_text(json.dumps({"form": "additive", "coefficients": coefficients}))
    found = answer(capsys, str(path))
    assert found["detail"]["paper"] is None
    assert found["detail"]["optima"][1]["params"] == pytest.approx(1.460e10, rel=1e-3)
    assert main(["laws", str(path)]) == ExitCode.ANSWERED
    assert "mine.json: L = E + A/N^alpha + B/D^beta" in capsys.readouterr().out


def test_a_broken_file_is_bad_data(capsys, tmp_path):
    path = tmp_path / "law.json"
    path.write_text("{")
    assert main(["laws", str(path)]) == ExitCode.BAD_DATA
    assert "law.json" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["over-training"], ["--family", "over-training"]])
def test_a_family_is_listed(capsys, arguments):
    assert {row["family"] for row in answer(capsys, *arguments)["laws"]} == {"over-training"}


@pytest.mark.parametrize(
    ("arguments", "nearest"), [(["besirogul"], "besiroglu"), (["--family", "chinchila"], "chinchilla")]
)
def test_a_wrong_name_is_told_with_the_nearest(capsys, arguments, nearest):
    assert main(["laws", *arguments]) == ExitCode.WRONG_USAGE
    assert nearest in capsys.readouterr().err


def test_csv_has_one_law_a_line(capsys):
    main(["laws", "--format", "csv"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(tables.all_laws())
    assert "params_at_1e21" in lines[0].split(",")


def test_laws_of_more_inputs_are_listed_by_family_beside_the_others(capsys):
    found = answer(capsys)
    assert [row["name"] for row in found["further"]] == list(tables.further_laws())
    assert set(found["further"][0]) == set(found["laws"][0])
    families = dict.fromkeys(row["family"] for row in found["further"])
    assert {"mixture-of-experts", "precision", "vocabulary", "transfer", "downstream"} <= set(families)


def test_a_family_over_both_files_is_listed_whole(capsys):
    found = answer(capsys, "--family", "data-constrained")
    assert [row["name"] for row in (*found["laws"], *found["further"])] == [
        "muennighoff2023",
        "muennighoff2023-repeated",
    ]


def test_a_law_of_experts_is_told_in_full(capsys):
    """Clark et al. 2022, table 3, S-BASE; up to 512 experts."""
    detail = answer(capsys, "clark2022")["detail"]
    assert {each["name"]: each["value"] for each in detail["constants"]}["a"] == -0.082
    fitted = {each["quantity"]: (each["low"], each["high"]) for each in detail["fitted"]}
    assert fitted["experts"] == (None, 512)
    assert detail["known"][0] == {
        "at": "parameters 1.3B, experts 64",
        "gives": "loss 2.05",
        "within": 0.001,
        "source": "recomputed from the constants",
    }


@pytest.mark.parametrize("command", ["optimal --flops 1e23", "models", "gpu-hours --gpus 512"])
def test_a_law_of_more_inputs_is_refused_where_a_budget_is_split(capsys, command):
    assert main([*command.split(), "--law", "tao2024-a1"]) == ExitCode.WRONG_USAGE
    assert "tao2024-a1 does not say how to split a budget" in capsys.readouterr().err


class TestCompare:
    def compared(self, capsys, *names):
        return answer(capsys, "compare", *names)["comparison"]

    def differences(self, capsys, *names):
        found = self.compared(capsys, *names)["differences"]
        return {(each["law"], each["differs_in"]): each["how"] for each in found}

    def test_the_numbers_are_those_of_each_law_alone(self, capsys):
        """Recomputed from the papers' constants at 1e23 FLOPs."""
        rows = {row["law"]: row for row in self.compared(capsys, *OPTIMA)["laws"]}
        for name, (_, (billions, ratio), _) in OPTIMA.items():
            assert rows[name]["params"] == pytest.approx(billions * 1e9, rel=6e-3)
            assert rows[name]["tokens_per_param"] == pytest.approx(ratio, rel=3e-3, abs=0.051)

    def test_the_losses_at_one_model_are_side_by_side(self, capsys):
        """Chinchilla's own fit, printed and unrounded, at the split that the refit prefers."""
        rows = self.compared(capsys, "besiroglu2024", "hoffmann2022-a3-rounded")["laws"]
        params, tokens = rows[0]["params"], rows[0]["tokens"]
        rounded = 1.69 + 406.4 / params**0.34 + 410.7 / tokens**0.28
        assert rows[1]["loss_of_first_split"] == pytest.approx(rounded, rel=1e-12)
        assert rows[0]["loss_of_first_split"] == pytest.approx(rows[0]["loss"], rel=1e-12)

    @pytest.mark.parametrize("first", [0, 1])
    def test_rounding_is_told_as_such_and_nothing_else_is(self, capsys, first):
        """78 tokens per parameter instead of 51, a model 20 % smaller, from rounding alone."""
        names = ["hoffmann2022-a3", "hoffmann2022-a3-rounded"]
        found = self.differences(capsys, names[first], names[1 - first])
        ((_, what), how), *others = found.items()
        assert what == "rounding"
        assert others == []
        assert ("0.804" if first == 0 else "1.24") in how

    def test_a_refit_of_one_corpus_is_no_rounding(self, capsys):
        found = self.differences(capsys, "hoffmann2022-a3", "besiroglu2024")
        assert found["besiroglu2024", "constants"].startswith(
            "fitted to the same corpus: E 1.8172 not 1.6934"
        )
        assert found["besiroglu2024", "growth"] == "N* grows as C^0.513, not C^0.457"
        assert ("besiroglu2024", "loss") not in found

    def test_what_n_counts_the_text_and_the_range_are_told(self, capsys):
        found = self.differences(capsys, "besiroglu2024", "deepseek2024")
        assert "all parameters but the embeddings, not all parameters" in found["deepseek2024", "N"]
        assert found["deepseek2024", "loss"].startswith("bits/byte, not nats/token; on bilingual DeepSeek")
        assert found["deepseek2024", "range"] == "fitted on 1e17 to 3e20 FLOPs, not 1.4e18 to 1.3e22 FLOPs"
        assert found["deepseek2024", "compute"].startswith("C = MD")

    def test_the_same_law_under_two_names_differs_in_nothing(self, capsys, tmp_path):
        path = tmp_path / "law.json"
        path.write_text(json.dumps(answer(capsys, "besiroglu2024")["law"]))
        found = self.differences(capsys, "besiroglu2024", str(path))
        assert list(found) == [("law.json", "nothing")]

    def test_a_law_that_needs_more_than_a_budget_has_no_numbers_and_a_note(self, capsys):
        main(["laws", "compare", "besiroglu2024", "clark2022", "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["result"]["comparison"]["laws"][1]["params"] is None
        assert "clark2022-sbase" in told["notes"][0]["message"]

    def test_the_table_fits_100_columns(self):
        result = commands.call("laws", words=["compare", *OPTIMA])
        (table,) = (each for each in view(result).sections if each.title == "side by side")
        assert screen._widths(table, len(table.headers), 100)

    def test_the_budget_can_be_chosen_and_is_1e23_otherwise(self, capsys):
        assert self.compared(capsys, "besiroglu2024", "llama3")["flops"] == 1e23
        found = answer(capsys, "compare", "besiroglu2024", "llama3", "--flops", "3.8e25")["comparison"]
        assert found["laws"][1]["tokens"] == pytest.approx(1.629e13, rel=1e-3)


class TestCite:
    def test_bibtex_is_printed_as_it_stands(self, capsys):
        assert main(["laws", "cite", "besiroglu2024"]) == ExitCode.ANSWERED
        lines = capsys.readouterr().out.splitlines()
        assert lines[:3] == [
            "% besiroglu2024: the refitted equation (version 2)",
            "@misc{besiroglu2024,",
            "  title         = {{Chinchilla Scaling: A replication attempt}},",
        ]
        assert "  eprint        = {2404.10102}," in lines
        assert lines[-1] == "}"

    def test_json_has_it_in_a_field(self, capsys):
        main(["laws", "cite", "besiroglu2024"])
        printed = capsys.readouterr().out
        assert answer(capsys, "cite", "besiroglu2024")["bibtex"] + "\n" == printed

    def test_a_paper_is_cited_once_for_all_its_laws(self, capsys):
        entries = answer(capsys, "cite", "hoffmann2022-a1", "hoffmann2022-a2", "kaplan2020")["bibtex"]
        assert entries.count("@misc{") == 2
        assert "% hoffmann2022-a2: table A3" in entries

    def test_a_post_is_cited_by_its_address_and_its_author_keeps_his_particle(self, capsys):
        entry = answer(capsys, "cite", "devries2023")["bibtex"]
        assert "author        = {de Vries, Harm}" in entry
        assert "{https://www.harmdevries.com/post/model-size-vs-compute-overhead/}" in entry
        assert "eprint" not in entry

    def test_keys_differ_where_author_and_year_do_not(self, capsys):
        entries = answer(capsys, "cite", "krajewski2024-dense", "krajewski2024-moe", "porian2024")["bibtex"]
        assert entries.count("@misc{") == 2

    @pytest.mark.parametrize("name", tables.all_laws())
    def test_every_published_law_can_be_cited_with_balanced_braces_in_ascii(self, capsys, name):
        entry = answer(capsys, "cite", name)["bibtex"]
        assert entry.isascii()
        assert entry.count("{") == entry.count("}")
        for field in ("title", "author", "year", "url"):
            assert f"  {field}" in entry

    def test_a_law_without_a_paper_cannot_be(self, capsys, tmp_path):
        path = tmp_path / "mine.json"
        coefficients = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
        path.write_text(json.dumps({"form": "additive", "coefficients": coefficients}))
        assert main(["laws", "cite", str(path)]) == ExitCode.NO_ANSWER
        assert "mine.json names no paper" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("compare", "`laws compare` is given no law"),
        ("compare kaplan2020 kaplan", "`laws compare` is given only kaplan2020"),
        ("cite", "`laws cite` is given no law"),
        ("kaplan2020 besiroglu2024", "several laws"),
        ("besiroglu2024 --flops 1e23", "--flops goes with `laws compare`"),
        ("cite besiroglu2024 --family chinchilla", "--family does not go with `laws cite`"),
        ("compare besiroglu2024 nonsense", "'nonsense' names no law"),
    ],
)
def test_words_that_ask_nothing_are_refused(capsys, line, told):
    assert main(["laws", *line.split()]) == ExitCode.WRONG_USAGE
    assert told in capsys.readouterr().err
