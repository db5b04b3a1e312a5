"""scalecalc adapt: examples in the prompt, adapters, full fine-tuning or a student, by what they cost."""

import pytest

from scalecalc import call, tables
from scalecalc.compute.inference import prefill_flops
from scalecalc.compute.parameters import parameters

TASK = {"model": "llama3-8b", "labeled": 5000, "example_tokens": 400, "queries": 1e6, "gpus": "h100"}


def ways(**changes):
    answer = call("adapt", **(TASK | changes))
    return {row.way: row for row in answer.ways}, answer


class TestCosts:
    def test_training_flops_are_6n_and_4n_plus_6n_of_the_adapters(self):
        rows, _ = ways(epochs=1)
        tokens = 5000 * 400
        assert rows["full fine-tuning"].flops == pytest.approx(6 * 8_030_261_248 * tokens)
        adapters = 41_943_040  # rank 16 on all seven matrices of 32 layers
        assert rows["LoRA"].flops == pytest.approx((4 * 8_030_261_248 + 6 * adapters) * tokens)

    def test_hours_are_flops_over_what_the_devices_do(self):
        rows, _ = ways(mfu=0.3)
        row = rows["full fine-tuning"]
        assert row.gpu_hours == pytest.approx(row.flops / (989.4e12 * 0.3 * 3600), rel=1e-3)

    def test_all_sums_are_the_upfront_cost_and_that_of_the_queries(self):
        rows, answer = ways(price="2/h")
        for row in rows.values():
            upfront = row.usd or 0.0
            assert row.usd_over_horizon == pytest.approx(
                upfront + answer.queries / 1000 * row.usd_per_thousand
            )
            assert row.usd_over_horizon == pytest.approx(2 * row.gpu_hours_over_horizon)

    def test_reading_costs_what_gpu_hours_says_of_the_same_demand(self):
        """One model, one prompt: `gpu-hours --requests` and `adapt` are one arithmetic."""
        demand = {"requests": 1000, "prompt_tokens": 300, "answer_tokens": 100}
        served = call("gpu-hours", model="llama3-8b", gpus="8xh100", **demand).serving
        rows, _ = ways()
        assert rows["LoRA"].gpu_hours_per_thousand == pytest.approx(served.gpu_hours)

    def test_a_kept_prompt_is_read_once(self):
        shape = tables.model("llama3-8b").shape
        whole, kept = prefill_flops(shape, 8000.0), prefill_flops(shape, 8000.0, 7700.0)
        head = 2 * shape.vocab * shape.d_model
        assert kept == pytest.approx(whole - prefill_flops(shape, 7700.0) + head, rel=1e-12)

    def test_dollars_need_a_price(self):
        rows, _ = ways(price="4/h")
        dear, _ = ways(price="8/h")
        assert dear["LoRA"].usd == pytest.approx(2 * rows["LoRA"].usd)
        assert dear["LoRA"].breaks_even_at == rows["LoRA"].breaks_even_at


class TestRecommendation:
    @pytest.mark.parametrize(("queries", "best"), [(100, "in context, cached"), (1e5, "LoRA"), (1e9, "LoRA")])
    def test_the_demand_decides(self, queries, best):
        _, answer = ways(queries=queries)
        assert answer.recommended == best

    def test_it_is_the_least_of_the_sums_of_those_that_keep_the_model(self):
        for queries in (1e2, 1e3, 1e4, 1e6):
            rows, answer = ways(queries=queries)
            keeping = [row for name, row in rows.items() if not name.startswith("distilled")]
            best = min(keeping, key=lambda row: row.usd_over_horizon)
            assert answer.recommended == best.way

    def test_a_student_counts_only_where_it_is_named(self):
        _, unnamed = ways(queries=1e9)
        _, named = ways(queries=1e9, student="llama3.2-1b")
        assert unnamed.recommended == "LoRA"
        assert "a student that proves good enough" in unnamed.would_change
        assert named.recommended == "distilled to Llama 3.2 1B"

    def test_a_small_model_has_no_student_unless_it_is_named(self):
        rows, answer = ways(model=None, params=1e8)
        assert not [name for name in rows if name.startswith("distilled")]
        assert "student" not in " ".join(answer.assumptions)

    def test_break_evens_are_where_the_sums_meet(self):
        rows, answer = ways()
        even = rows["LoRA"].breaks_even_at / 12
        at_even, _ = ways(queries=even)
        assert at_even["LoRA"].usd_over_horizon == pytest.approx(
            at_even["in context, cached"].usd_over_horizon, rel=1e-6
        )
        assert answer.cheapest[0].to_queries == pytest.approx(rows["LoRA"].breaks_even_at)

    def test_a_demand_near_a_break_even_is_told(self):
        _, answer = ways(queries=1200)
        assert "near-break-even" in [note.code for note in answer.notes]

    def test_a_copy_that_would_idle_is_told(self):
        _, answer = ways(queries=100)
        assert "idle-copy" in [note.code for note in answer.notes]


class TestPrompt:
    def test_as_many_examples_as_fit_and_no_more_than_there_are(self):
        assert ways()[1].shots == 19
        assert ways(labeled=4)[1].shots == 4

    def test_without_examples_in_the_prompt_nothing_is_kept(self):
        rows, answer = ways(shots=0)
        assert not [name for name in rows if name.startswith("in context")]
        assert rows["zero-shot"].gpu_hours_per_thousand == rows["LoRA"].gpu_hours_per_thousand
        assert answer.recommended == "zero-shot"
        assert answer.because == "it takes no training, and no way answers at less"

    def test_without_examples_a_student_is_held_against_the_bare_question(self):
        _, answer = ways(shots=0, student="llama3.2-1b")
        assert answer.because.endswith("times less than with the bare question")

    def test_the_prompts_share_of_the_wait_shrinks_with_the_cache(self):
        waits = {wait.way: wait for wait in ways()[1].waits}
        assert waits["in context, cached"].prompt_share < waits["in context"].prompt_share < 1

    def test_a_query_is_its_prompt_read_and_its_answer_written(self):
        """Llama 3 8B by hand: 2 for each weight, 4 for each position seen of the 4096 wide, in 32 layers."""
        waits = {wait.way: wait for wait in ways()[1].waits}
        layers, head, scores = 6_979_321_856, 128256 * 4096, 4 * 32 * 4096

        def reading(tokens, kept):
            pairs = (tokens * (tokens + 1) - kept * (kept + 1)) / 2
            return 2 * layers * (tokens - kept) + scores * pairs + 2 * head

        def writing(context):
            return 100 * (2 * (layers + head) + scores * (context + 51))

        for way, tokens, kept in (
            ("in context", 7900, 0),
            ("in context, cached", 7900, 7600),
            ("LoRA", 300, 0),
        ):
            by_hand = reading(tokens, kept) + writing(tokens)
            assert waits[way].flops_per_query == pytest.approx(by_hand, rel=1e-9)

    def test_a_copy_holds_the_weights_and_the_cache_of_a_full_batch(self):
        held = {row.way: row for row in ways()[1].held}
        cache = 32 * 400 * 2 * 2 * 32 * 1024  # requests, tokens, keys and values of 2 bytes, layers, width
        assert held["LoRA"].copy_bytes == 2 * 8_030_261_248 + cache


class TestTransfer:
    def test_within_the_range_it_is_the_published_law(self):
        """Hernandez et al. 2021, table 1: D_T = 1.9e4 D_F^0.18 N^0.38 in characters, N without embeddings."""
        _, answer = ways(model=None, params=7e8, labeled=100)
        characters = 100 * 400 * 4
        found = answer.transfer
        shape = call("shape", params=7e8)
        assert found.characters == characters
        assert found.transferred == pytest.approx(
            1.9e4 * characters**0.18 * shape.non_embedding_params**0.38, rel=1e-2
        )
        assert found.multiplier == pytest.approx(1 + found.transferred / characters)

    def test_beyond_it_nothing_is_told_but_why(self):
        _, answer = ways()
        assert answer.transfer is None
        (note,) = [note for note in answer.notes if note.code == "transfer-range"]
        assert "6.98B parameters without embeddings, more than the 1B" in note.message

    def test_plenty_of_examples_are_beyond_it(self):
        _, answer = ways(model=None, params=1e8, labeled=1e7)
        (note,) = [note for note in answer.notes if note.code == "transfer-range"]
        assert "a tenth" in note.message


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("--answer-tokens", "400"), "leaves nothing"),
            (("--shots", "500"), "--shots 500 is more than"),
            (("--student", "llama3-70b"), "is no smaller than"),
            (("--queries", "0"), "zero"),
            (("--gpus", "8xh100"), "as many devices as it needs"),
            (("--example-tokens", "10k"), "exceeds the context of 8192"),
            (("--epochs", "0"), "greater than or equal to 1"),
            (("--mfu", "0"), "at 0% nothing is ever trained"),
            (("--gpus", "512"), "names no accelerator"),
            (("--rank", "5000"), "more than the width of the model, 4096"),
            (("--labeled", "0"), "a number of examples is positive"),
            (("--example-tokens", "1"), "leaves nothing"),
            (("--horizon", "1s"), "less than one in --horizon"),
        ],
    )
    def test_a_task_that_cannot_be(self, scalecalc, words, message):
        line = ("adapt", "llama3-8b", "--labeled", "5k", "--example-tokens", "400", "--queries", "1M", *words)
        outcome = scalecalc(*line)
        assert outcome.code == 2
        assert message in outcome.err

    def test_a_model_too_large_for_the_devices_has_no_answer(self, scalecalc):
        line = "adapt deepseek-v3 --labeled 100 --example-tokens 400 --queries 1M --gpus rtx4090"
        outcome = scalecalc(*line.split())
        assert outcome.code == 1
        assert "takes more than 1024 devices of 24 GB" in outcome.err

    def test_embeddings_stay_out_of_the_transfer(self):
        shape = tables.model("llama3-8b").shape
        assert parameters(shape).non_embedding == 6_979_588_096
