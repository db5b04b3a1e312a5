"""`scalecalc memory` against published and measured memory, and its layouts against their own rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem

GIB = 2**30


def memory(**given_inputs):
    return call("memory", **given_inputs)


def problem(**given_inputs):
    with pytest.raises(Problem) as caught:
        memory(**given_inputs)
    return caught.value


def parts(result):
    return {row.part: row.bytes for row in result.parts}


def test_states_of_gpt2_xl_on_one_device_are_16_bytes_per_parameter():
    # Rajbhandari et al. 2020 (arXiv 1910.02054), section 3.1: 1.5B parameters need at least 24 GB
    filled = parts(memory(model="gpt2-xl", gpus="1xv100"))
    states = filled["weights"] + filled["gradients"] + filled["optimizer"]
    assert states == pytest.approx(16 * 1_557_611_200)


# Rajbhandari et al. 2020, figure 1: 7.5B on 64 devices takes 31.4, 16.6 and 1.9 GB of states; within the
# rounding of the figure and the size that the shape has instead of 7.5B.
@pytest.mark.parametrize(("zero", "gigabytes"), [(0, 120), (1, 31.4), (2, 16.6), (3, 1.9)])
def test_zero_splits_the_states_as_published(zero, gigabytes):
    result = memory(params="7.5B", gpus="64xv100", zero=zero)
    filled = parts(result)
    states = filled["weights"] + filled["gradients"] + filled["optimizer"]
    assert states / 1e9 == pytest.approx(gigabytes, rel=0.02)


def test_llama3_8b_under_fsdp_is_what_torchtitan_measured():
    # torchtitan's published run at 32,768 tokens on 8 devices with full recomputation: 83.9 GiB, within 15 %
    result = memory(model="llama3-8b", gpus="8xh100", zero=3, seq=32_768, recompute="full")
    assert result.bytes / GIB == pytest.approx(83.9, rel=0.15)


@pytest.mark.parametrize(("params", "gigabytes"), [("33B", 24e9), ("65B", 48e9)])
def test_qlora_fits_where_its_paper_says(params, gigabytes):
    # Dettmers et al. 2023 (arXiv 2305.14314): 33B on 24 GB and 65B on 48 GB, one sequence of 512, recomputed
    inputs = {"params": params, "vocab": None, "qlora": True, "lora": 16, "seq": 512, "recompute": "full"}
    assert memory(**inputs, gpus="1xl40s").bytes < gigabytes


def test_adapters_of_gpt3_have_the_published_parameters():
    # Hu et al. 2021 (arXiv 2106.09685), table 4: 37.7M at rank 8 on queries and values
    result = memory(model="gpt3-175b", lora=8, lora_targets="query-value", gpus="64xh100")
    assert result.trained_params == 37_748_736


def test_parts_and_what_is_free_sum_to_the_device():
    result = memory(model="llama3-8b")
    assert sum(parts(result).values()) == pytest.approx(80e9)
    assert sum(row.share for row in result.parts) == pytest.approx(1)
    assert result.bytes == pytest.approx(80e9 - parts(result)["free"])


def test_what_does_not_fit_is_a_warning_that_says_what_would():
    result = memory(model="llama3-70b", gpus="8xh100")
    assert not result.fits
    (note,) = result.notes
    assert (note.code, note.level) == ("does-not-fit", "warning")
    assert f"at least {result.fewest_devices}" in note.message


def test_smaller_micro_batch_is_the_remedy_where_one_fits():
    result = memory(model="llama2-7b", gpus="8xh100", seq=2048, micro_batch=100)
    assert f"--micro-batch {result.largest_micro_batch} fits" in result.notes[-1].message


def test_layout_named_as_the_remedy_does_fit():
    crowded = memory(model="llama3-8b", gpus="8xh100", seq=32_768)
    assert not crowded.fits
    assert "ZeRO" in crowded.notes[-1].message
    best = memory(model="llama3-8b", gpus="8xh100", seq=32_768, suggest=True)
    assert best.fits


@pytest.mark.parametrize("extra", [{}, {"lora": 16}, {"qlora": True}])
def test_largest_micro_batch_is_the_last_that_fits(extra):
    inputs = {"model": "llama2-7b", "gpus": "2xa100-80gb", "seq": 2048, **extra}
    largest = memory(**inputs).largest_micro_batch
    assert largest > 1
    assert memory(**inputs, micro_batch=largest).fits
    assert not memory(**inputs, micro_batch=largest + 1).fits


def test_fewest_devices_are_enough_and_half_of_them_are_not():
    fewest = memory(model="llama3-70b", gpus="64xh100").fewest_devices
    assert memory(model="llama3-70b", gpus=f"{fewest}xh100", suggest=True).fits
    assert problem(model="llama3-70b", gpus=f"{fewest // 2}xh100", suggest=True).code == "does-not-fit"


@settings(deadline=None)
@given(
    tensor=st.sampled_from([1, 2, 4, 8]),
    pipeline=st.sampled_from([1, 2, 4]),
    zero=st.integers(0, 3),
    recompute=st.sampled_from(["none", "selective", "alternate", "full"]),
)
def test_parts_sum_to_what_is_needed_in_every_layout(tensor, pipeline, zero, recompute):
    result = memory(
        model="llama3-8b", gpus="64xh100", tensor=tensor, pipeline=pipeline, zero=zero, recompute=recompute
    )
    layout = result.layout
    assert layout.tensor * layout.pipeline * layout.context * layout.data == 64
    filled = parts(result)
    assert sum(filled.values()) - filled.get("free", 0) == pytest.approx(result.bytes)


def test_a_higher_zero_stage_needs_less():
    needed = [memory(model="llama3-8b", gpus="64xh100", zero=zero).bytes for zero in (0, 1, 2)]
    assert needed == sorted(needed, reverse=True)


@pytest.mark.parametrize(
    ("leaner", "than"),
    [
        ({"optimizer": "adam8bit"}, {}),
        ({"no_master": True}, {}),
        ({}, {"fp32_gradients": True}),
        ({"fused_loss": True}, {}),
        ({"recompute": "full"}, {}),
        ({}, {"no_flash": True}),
        ({"qlora": True}, {"lora": 64}),
        ({"tensor": 8}, {"tensor": 8, "no_sequence_parallel": True}),
    ],
)
def test_options_that_save_memory_do(leaner, than):
    inputs = {"model": "llama3-8b", "gpus": "8xh100"}
    assert memory(**inputs, **leaner).bytes < memory(**inputs, **than).bytes


def test_suggestions_fit_and_come_with_the_cheapest_communication_first():
    result = memory(model="llama3-70b", gpus="512xh100", suggest=True, limit=100)
    assert len(result.suggestions) == result.layouts_that_fit
    waits = [row.waiting_seconds for row in result.suggestions]
    assert waits == sorted(waits)
    for row in result.suggestions:
        assert row.tensor * row.pipeline * row.context * row.data == 512
        assert row.bytes <= result.usable_bytes


def test_what_ranks_a_suggestion_is_its_bubble_and_the_traffic_that_is_not_hidden():
    for row in memory(model="llama3-70b", gpus="512xh100", suggest=True, limit=100).suggestions:
        computing = row.step_seconds - row.waiting_seconds
        assert row.waiting_seconds == pytest.approx(row.bubble * computing + row.exposed_seconds)


def test_suggestions_say_where_the_shortest_step_stands():
    result = memory(model="llama3-70b", gpus="512xh100", suggest=True, limit=100)
    steps = [row.step_seconds for row in result.suggestions]
    place = steps.index(min(steps)) + 1
    assert any(f"is no. {place}" in text for text in result.assumptions)


def test_selective_recomputation_is_suggested_where_attention_keeps_its_scores():
    inputs = {"model": "llama2-70b", "gpus": "512xh100", "suggest": True, "limit": 1000}
    plain = memory(**inputs, no_flash=True)
    assert "selective" in {row.recompute for row in plain.suggestions}
    assert any("keeps its scores" in text for text in plain.assumptions)
    # flash attention keeps none, so there is nothing that computing them again would save
    flash = memory(**inputs)
    assert "selective" not in {row.recompute for row in flash.suggestions}
    assert any("flash attention keeps no scores" in text for text in flash.assumptions)


def test_suggested_layout_needs_what_the_layout_given_by_hand_needs():
    best = memory(model="llama3-70b", gpus="512xh100", suggest=True).suggestions[0]
    by_hand = memory(
        model="llama3-70b",
        gpus="512xh100",
        tensor=best.tensor,
        pipeline=best.pipeline,
        zero=best.zero,
        context_parallel=best.context,
        micro_batch=best.micro_batch,
        recompute=best.recompute,
    )
    assert by_hand.bytes == pytest.approx(best.bytes)


def test_suggestions_say_what_their_ranking_ignores():
    assumptions = memory(model="llama3-8b", suggest=True).assumptions
    assert any("the ranking ignores latencies" in text for text in assumptions)


def test_size_alone_gets_a_shape_that_divides_over_the_tensor_devices():
    assert memory(params="7B", tensor=8).layout.tensor == 8
    assert 8 in {row.tensor for row in memory(params="70B", gpus="512xh100", suggest=True).suggestions}


def test_degrees_narrow_the_suggestions():
    result = memory(model="llama3-70b", gpus="512xh100", suggest=True, tensor=8)
    assert {row.tensor for row in result.suggestions} == {8}
    refused = problem(model="llama3-70b", gpus="512xh100", suggest=True, tensor=3)
    assert "layouts fit with other degrees" in refused.hint


@pytest.mark.parametrize(
    ("given_inputs", "code", "told"),
    [
        ({"tensor": 3}, "value", "--tensor 3"),
        ({"pipeline": 33, "gpus": "33xh100"}, "value", "--pipeline 33"),
        ({"expert": 2}, "value", "model without any"),
        ({"tensor": 8, "gpus": "12xh100"}, "value", "not 12"),
        ({"suggest": True, "micro_batch": 2}, "conflict", "--micro-batch"),
        ({"suggest": True, "qlora": True}, "conflict", "--qlora"),
        ({"lora": 8, "no_master": True}, "conflict", "--no-master"),
        ({"gpus": "8xh10o"}, "unknown-accelerator", "h10o"),
        ({"batch": "1e100", "suggest": True}, "value", "--batch"),
    ],
)
def test_misuse_is_refused(given_inputs, code, told):
    refused = problem(model="llama3-8b", **given_inputs)
    assert refused.code == code
    assert told in refused.message


def test_adapters_of_latent_attention_are_counted():
    result = memory(model="deepseek-v3", lora=8, gpus="64xh100")
    # 61 layers of width 7168, DeepSeek-AI 2024 (arXiv 2412.19437), section 4.2: far below a percent
    assert 0 < result.trained_params < 0.01 * 671e9


def test_strict_turns_a_run_that_does_not_fit_into_an_exit_code(scalecalc):
    assert scalecalc("memory", "llama3-70b", "--strict").code == ExitCode.FINDINGS
    assert scalecalc("memory", "llama3-8b", "--strict").code == 0


STAGED = ("memory", "llama3-70b", "--gpus", "64xh100", "--tensor", "8", "--pipeline", "4")


def test_what_fills_the_device_is_drawn_as_a_bar(scalecalc):
    (line,) = [line for line in scalecalc("memory", "llama3-8b").out.splitlines() if "activations" in line]
    assert line.count("A") == round(25 * 36.54 / 80)
    assert "45.7%" in line


def test_each_stage_has_a_bar_that_the_parts_explain(scalecalc):
    lines = scalecalc(*STAGED).out.splitlines()
    head = next(place for place, line in enumerate(lines) if line.split()[:2] == ["stage", "layers"])
    bars = [line.split()[-2] for line in lines[head + 1 : head + 5]]
    assert {len(bar) for bar in bars} == {25}
    explained = {word[0] for word in lines[head - 1].split() if word[0].isupper()}
    assert set("".join(bars)) <= explained | {"."}
    assert ["L" in bar for bar in bars] == [False, False, False, True]


def test_a_bar_past_the_device_ends_in_an_arrow(scalecalc):
    lines = scalecalc("memory", "llama3-70b", "--gpus", "8xh100").out.splitlines()
    assert any(line.endswith("x") and "> " in line for line in lines)


def test_stages_of_a_pipeline_differ_as_their_layers_tables_and_micro_batches_do():
    result = memory(model="llama3-70b", gpus="64xh100", tensor=8, pipeline=4)
    assert [row.stage for row in result.stages] == [1, 2, 3, 4]
    assert [row.layers for row in result.stages] == [20] * 4
    assert [row.micro_batches_kept for row in result.stages] == [4, 3, 2, 1]
    assert {row.devices for row in result.stages} == {16}
    assert max(row.bytes for row in result.stages) == result.bytes
    middle, last = (parts(result.stages[place]) for place in (1, 3))
    assert "logits" in last
    assert "logits" not in middle
    assert last["weights"] > middle["weights"]


def test_layers_that_do_not_divide_are_all_on_some_stage():
    stages = memory(model="llama3.1-405b", gpus="512xh100", tensor=8, pipeline=16).stages
    assert sum(row.layers for row in stages) == 126
    assert {row.layers for row in stages} == {7, 8}


@pytest.mark.parametrize("extra", [{}, {"lora": 16}, {"qlora": True}])
def test_the_fullest_stage_is_what_is_needed(extra):
    result = memory(model="llama3-8b", gpus="16xh100", pipeline=4, **extra)
    assert max(row.bytes for row in result.stages) == pytest.approx(result.bytes)


@pytest.mark.parametrize("words", [STAGED, ("memory", "mixtral-8x7b", "--gpus", "8xh100", "--pipeline", "8")])
def test_bars_fit_sixty_columns(words, scalecalc):
    lines = scalecalc(*words).out.splitlines()
    bars = [line for line in lines if line.endswith(("%", "x")) and line.startswith("  ")]
    assert bars
    assert max(map(len, bars)) <= 60


def test_json_holds_plain_numbers_where_a_reader_sees_bars(scalecalc):
    result = scalecalc("memory", "llama3-8b", "--json").json["result"]
    assert result["fits"] is True
    for row in (*result["parts"], *result["stages"]):
        assert row["share"] == pytest.approx(row["bytes"] / result["device_bytes"])


def test_no_heavy_library_is_loaded(process):
    done = process("memory", "llama3-8b", "--suggest", "--json", PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 0
    assert not any(f" {name}\n" in done.err for name in ("numpy", "scipy", "rich"))


# Korthikanti et al. 2022 (arXiv 2205.05198), table 2 with its 22B model: sbh/t (34 + 5 a s/h) per layer
def test_plain_attention_with_dropout_keeps_what_megatron_published():
    shape = {"layers": 48, "d_model": 6144, "heads": 64, "d_ff": 24576, "vocab": "51200", "style": "gpt2"}
    asked = {**shape, "seq": 2048, "micro_batch": 4, "gpus": "8xa100", "tensor": 8, "no_flash": True}
    result = memory(model=None, **asked, dropout=True)
    published = 48 * 2048 * 4 * 6144 / 8 * (34 + 5 * 64 * 2048 / 6144)
    assert parts(result)["activations"] == pytest.approx(published, rel=0.01)
    assert parts(memory(model=None, **asked))["activations"] < 0.6 * published
    assert "no dropout: --dropout counts its masks" in memory(model=None, **asked).assumptions


@pytest.mark.parametrize("idle", [{"batch": "1M"}, {"limit": 3}])
def test_what_only_the_list_of_layouts_heeds_is_refused_without_it(idle):
    with pytest.raises(Problem, match="changes nothing without --suggest"):
        memory(model="llama3-8b", **idle)
    assert memory(model="llama3-8b", **idle, suggest=True).layouts_that_fit
