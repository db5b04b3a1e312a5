import pytest

from scalecalc.compute.phases import Phase, phase_flops, run_flops
from scalecalc.compute.transformer import Shape

LLAMA = Shape(n_layers=126, d_model=16384, n_heads=128, n_kv_heads=8, d_head=128, d_ff=53248, vocab=128256)


def test_the_first_phase_of_llama3_405b_is_its_published_compute():
    # Grattafiori et al. 2024 (arXiv 2407.21783), section 3.2.1: 3.8e25 FLOPs on 15.6T tokens
    assert phase_flops(LLAMA, Phase(15.6e12, 8192), "6n") == pytest.approx(3.8e25, rel=1e-3)


def test_attention_adds_a_twelfth_at_8k_in_full():
    # 4.12e25 for 15.6T tokens
    assert phase_flops(LLAMA, Phase(15.6e12, 8192), "palm") == pytest.approx(4.12e25, rel=2e-3)


def test_a_run_is_the_sum_of_its_phases():
    short, long = Phase(15e12, 8192), Phase(0.8e12, 131072)
    assert run_flops(LLAMA, [short, long]) == phase_flops(LLAMA, short) + phase_flops(LLAMA, long)


def test_long_sequences_cost_more_than_their_share_of_tokens():
    phases = [Phase(15e12, 8192), Phase(0.8e12, 131072)]
    long = phase_flops(LLAMA, phases[1])
    assert long / run_flops(LLAMA, phases) > 1.5 * 0.8 / 15.8


def test_a_run_has_phases_and_a_phase_tokens():
    with pytest.raises(ValueError, match="phases must have at least one"):
        run_flops(LLAMA, [])
    with pytest.raises(ValueError, match="length must be positive"):
        Phase(1e12, 0)
