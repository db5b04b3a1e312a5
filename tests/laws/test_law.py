"""What every law offers."""

import subprocess
import sys

from scalecalc.laws import Additive, Allocation, LossCurve


def test_coefficients_leave_out_what_is_at_its_default():
    assert LossCurve(of="flops", factor=2.57, exponent=0.048).coefficients() == {
        "of": "flops",
        "exponent": 0.048,
        "factor": 2.57,
    }


def test_coefficients_hold_the_companion_curve_as_a_table():
    law = Allocation(of="params", scale=0.1, exponent=0.5, curve=LossCurve(of="flops", exponent=0.05))
    assert law.coefficients()["curve"] == {"of": "flops", "exponent": 0.05}


def test_laws_with_the_same_constants_are_one():
    one, other = (Additive(E=1.0, A=2.0, B=3.0, alpha=0.4, beta=0.5) for _ in range(2))
    assert len({one, other}) == 1


def test_exponents_of_the_optimum_add_to_one():
    law = Additive(E=1.0, A=2.0, B=3.0, alpha=0.4, beta=0.5)
    assert (law.a, law.b) == (0.5 / 0.9, 1 - 0.5 / 0.9)


def test_importing_the_laws_loads_nothing_heavy():
    heavy = "numpy scipy pydantic typer rich"
    script = f"import sys, scalecalc.laws; print(sorted(set(sys.modules) & set('{heavy}'.split())))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
