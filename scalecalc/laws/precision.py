"""Precision: training and quantizing at few bits, as fewer effective parameters and as added loss."""

from dataclasses import dataclass
from math import exp, inf, log
from typing import ClassVar, final

from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, Number, power, require_positive
from scalecalc.laws.conditional import Conditional
from scalecalc.laws.law import require_coefficients
from scalecalc.laws.roots import falling_root
from scalecalc.laws.surface import Additive

FULL_BITS = 16
"""Bits at which C = 6ND: the paper's cost is (6/16) N D P."""


@final
@dataclass(frozen=True, slots=True)
class Precision(Conditional):
    """L = E + A/(N kept)**alpha + B/D**beta, kept = the product of 1 - exp(n_x - P_x/gamma_x) over w, a, kv.

    Kumar et al. 2024 (arXiv 2411.04330), with the offsets n of appendix K: the formula in the main text
    leaves them out, and only this sign gives the optimum of 7 to 8 bits that the paper reports. w are the
    weights, a the activations, kv the key-value cache; N counts non-embedding parameters. The authors call
    their constants unlikely to be useful: read the trend, not the loss.
    """

    E: float
    A: float
    alpha: float
    B: float
    beta: float
    gamma_w: float
    n_w: float
    gamma_a: float
    n_a: float
    gamma_kv: float
    n_kv: float
    C_T: float
    gamma_D: float
    gamma_N: float
    gamma_post: float

    form: ClassVar[str] = "precision"
    conditions: ClassVar[tuple[str, ...]] = ("weights", "activations", "cache")

    def __post_init__(self) -> None:
        require_coefficients(self, "A", "alpha", "B", "beta", "gamma_w", "gamma_a", "gamma_kv")
        require_coefficients(self, "E", "n_w", "n_a", "n_kv", zero=True)
        require_coefficients(self, "C_T", "gamma_D", "gamma_N", "gamma_post")

    @property
    def formula(self) -> str:
        """The law in plain text, with the loss that quantizing after training adds."""
        kept = "kept = product over x of w, a, kv of (1 - e^(n_x - P_x/gamma_x))"
        pairs = "gamma_w, n_w, gamma_a, n_a, gamma_kv, n_kv"
        added = "C_T*D^gamma_D/N^gamma_N*e^(-P_post/gamma_post)"
        return f"L = E + A/(N*kept)^alpha + B/D^beta, {kept} ({pairs}); after training + {added}"

    def at(self, weights: float = inf, activations: float = inf, cache: float = inf) -> Additive:
        """Surface when training with these bits; infinity, the default, leaves a part unquantized."""
        kept = self.kept(weights, activations, cache)
        return Additive(self.E, self.A * power(kept, -self.alpha), self.B, self.alpha, self.beta)

    def kept(self, weights: float = inf, activations: float = inf, cache: float = inf) -> float:
        """Share of the parameters that counts, N_eff / N, when training with these bits."""
        kept = 1.0
        for name, bits, gamma, offset in (
            ("weights", weights, self.gamma_w, self.n_w),
            ("activations", activations, self.gamma_a, self.n_a),
            ("cache", cache, self.gamma_kv, self.n_kv),
        ):
            if not bits > gamma * offset:
                raise ValueError(
                    f"{name} must be more than {gamma * offset:.3g} bits for this law, not {bits!r}"
                )
            kept *= 1 - exp(offset - bits / gamma)
        return kept

    def best_bits(self) -> float:
        """Bits of all three parts at which compute (6/16) N D P reaches the least loss, whatever the budget.

        At fixed compute and tokens N is proportional to 1 / P, so the best P has the greatest kept / P.
        """
        parts = ((self.gamma_w, self.n_w), (self.gamma_a, self.n_a), (self.gamma_kv, self.n_kv))
        least = max(gamma * offset for gamma, offset in parts)

        def gain(log_excess: float) -> float:
            """d ln(kept / P) / d ln P: falls as P rises."""
            bits = least + exp(log_excess)
            lost = (exp(offset - bits / gamma) for gamma, offset in parts)
            return (
                bits * sum(part / (gamma * (1 - part)) for part, (gamma, _) in zip(lost, parts, strict=True))
                - 1
            )

        return least + exp(falling_root(gain, 0.0))

    def training_flops(self, params: float, tokens: float, bits: float) -> float:
        """Compute in FLOPs of 16 bits: (6/16) N D P."""
        return FLOPS_PER_TOKEN_PER_PARAM / FULL_BITS * params * tokens * bits

    def added_after_training(self, params: Number, tokens: Number, bits: float) -> Number:
        """Loss added by quantizing the weights to `bits` after training: more the more tokens were seen."""
        require_positive("params", params)
        require_positive("tokens", tokens)
        require_positive("bits", bits)
        growth: Number = tokens**self.gamma_D / params**self.gamma_N
        return self.C_T * exp(-bits / self.gamma_post) * growth

    def critical_tokens(self, params: float, bits: float) -> float:
        """Tokens beyond which training longer makes the model quantized to `bits` worse (eq. 13)."""
        require_positive("params", params)
        require_positive("bits", bits)
        total = log(self.beta * self.B / (self.gamma_D * self.C_T))
        total += self.gamma_N * log(params) + bits / self.gamma_post
        return exp(total / (self.gamma_D + self.beta))
