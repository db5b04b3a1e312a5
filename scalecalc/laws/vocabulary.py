"""Vocabulary: how many parameters belong into embedding and output, beside all others."""

from dataclasses import dataclass
from math import exp, log
from typing import ClassVar, final

from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, require_positive
from scalecalc.laws.conditional import require_finite
from scalecalc.laws.law import Law, require_coefficients
from scalecalc.laws.roots import falling_root

MILLION = 1e6
BILLION = 1e9


@final
@dataclass(frozen=True, slots=True)
class VocabularyPower(Law):
    """N_v = scale * (N_nv / unit)**exponent, for models trained on as many tokens as is optimal.

    Tao et al. 2024 (arXiv 2407.13623), approaches 1 and 2. N_v counts the vocabulary parameters V d (the
    vocabulary times the width of the model), N_nv all others.
    """

    scale: float
    unit: float
    exponent: float

    form: ClassVar[str] = "vocabulary-power"

    def __post_init__(self) -> None:
        require_coefficients(self, "scale", "unit", "exponent")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "N_v = scale*(N_nv/unit)^exponent, V = N_v/d"

    def vocab_params(self, non_vocab_params: float) -> float:
        """Best number of vocabulary parameters beside these others."""
        require_positive("non_vocab_params", non_vocab_params)
        return float(self.scale * (non_vocab_params / self.unit) ** self.exponent)

    def vocab(self, non_vocab_params: float, width: float) -> float:
        """Best vocabulary of a model of this width."""
        require_positive("width", width)
        return self.vocab_params(non_vocab_params) / width


@final
@dataclass(frozen=True, slots=True)
class VocabularySurface(Law):
    """L_u = -E + A1/N_nv**alpha1 + A2/N_v**alpha2 + B/D**beta, at any number of tokens.

    Tao et al. 2024 (arXiv 2407.13623), approach 3, with N_nv and N_v in millions and D in billions of tokens,
    as the authors' code has them. The loss is per token relative to a unigram model, so that vocabularies
    compare; it is negative. C = 6 (N_nv + N_v) D.
    """

    E: float
    A1: float
    alpha1: float
    A2: float
    alpha2: float
    B: float
    beta: float

    form: ClassVar[str] = "vocabulary-surface"

    def __post_init__(self) -> None:
        require_coefficients(self, "E", "A1", "alpha1", "A2", "alpha2", "B", "beta")
        if self.beta >= 1:
            raise ValueError(f"beta must be less than 1, not {self.beta!r}")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        in_params = "A1/(N_nv/1e6)^alpha1 + A2/(N_v/1e6)^alpha2"
        return f"L_u = -E + {in_params} + B/(D/1e9)^beta"

    def loss(self, non_vocab_params: float, vocab_params: float, tokens: float) -> float:
        """Loss relative to a unigram model: negative, lower is better."""
        require_positive("non_vocab_params", non_vocab_params)
        require_positive("vocab_params", vocab_params)
        require_positive("tokens", tokens)
        of_others = self.A1 * (non_vocab_params / MILLION) ** -self.alpha1
        of_vocab = self.A2 * (vocab_params / MILLION) ** -self.alpha2
        return float(-self.E + of_others + of_vocab + self.B * (tokens / BILLION) ** -self.beta)

    def vocab_params(self, non_vocab_params: float, flops: float) -> float:
        """Vocabulary parameters of least loss where C = 6 (N_nv + N_v) D is this budget."""
        require_positive("non_vocab_params", non_vocab_params)
        require_positive("flops", flops)
        others = non_vocab_params / MILLION
        budget = flops / (FLOPS_PER_TOKEN_PER_PARAM * MILLION * BILLION)
        constant = log(self.alpha2 * self.A2 / (self.beta * self.B)) + self.beta * log(budget)

        def gain(log_vocab: float) -> float:
            """Logarithm of what the vocabulary term wins over what the fewer tokens lose."""
            lost = (self.beta - 1) * log(others + exp(log_vocab))
            return constant - (self.alpha2 + 1) * log_vocab - lost

        return MILLION * exp(falling_root(gain, 0.0))

    def vocab(self, non_vocab_params: float, width: float, flops: float) -> float:
        """Best vocabulary of a model of this width on this budget."""
        require_positive("width", width)
        return self.vocab_params(non_vocab_params, flops) / width


@final
@dataclass(frozen=True, slots=True)
class Compression(Law):
    """Tokens per character = square * ln(V)**2 + slope * ln(V) + constant, for V up to `largest`.

    Tao et al. 2024 (arXiv 2407.13623): a larger vocabulary needs fewer tokens for the same text.
    """

    square: float
    slope: float
    constant: float
    largest: float

    form: ClassVar[str] = "compression"

    def __post_init__(self) -> None:
        require_finite(self, "square", "slope", "constant")
        require_coefficients(self, "largest")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "tokens/character = square*ln(V)^2 + slope*ln(V) + constant, V at most largest"

    def tokens_per_character(self, vocab: float) -> float:
        """Tokens per character with a vocabulary of this size; flat beyond the largest fitted."""
        require_positive("vocab", vocab)
        logarithm = log(min(vocab, self.largest))
        return self.square * logarithm**2 + self.slope * logarithm + self.constant
