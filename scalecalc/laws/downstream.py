"""From loss to accuracy: forms that users fit to their own benchmarks, and the one that was published."""

from dataclasses import dataclass
from math import exp, inf, log, log10
from typing import ClassVar, final

from scalecalc.laws.arithmetic import power, require_positive
from scalecalc.laws.conditional import require_finite
from scalecalc.laws.law import Law, require_coefficients


@final
@dataclass(frozen=True, slots=True)
class ErrorLaw(Law):
    """Err = epsilon - k * e**(-gamma L): mean top-1 error over a set of tasks, from the loss.

    Gadre et al. 2024 (arXiv 2403.08540), eq. 5. Accurate as a mean over tasks, not for single ones.
    """

    epsilon: float
    k: float
    gamma: float

    form: ClassVar[str] = "error"

    def __post_init__(self) -> None:
        require_coefficients(self, "epsilon", "k", "gamma")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "error = epsilon - k*e^(-gamma*L)"

    def error(self, loss: float) -> float:
        """Mean error at a loss in nats per token; below zero where the loss is far below the fitted ones."""
        require_positive("loss", loss)
        return self.epsilon - self.k * exp(-self.gamma * loss)

    def loss_for(self, error: float) -> float:
        """Loss at which the mean error is this; infinite from epsilon on.

        >>> f"{ErrorLaw(epsilon=0.85, k=2.08, gamma=0.756).loss_for(0.5):.3f}"
        '2.357'
        """
        left = (self.epsilon - error) / self.k
        return -log(left) / self.gamma if left > 0 else inf


@final
@dataclass(frozen=True, slots=True)
class Sigmoid(Law):
    """accuracy = chance + (top - chance) / (1 + e**(slope * (x - midpoint))), falling in x.

    The second step of two forecasts. In that of Llama 3 (arXiv 2407.21783, section 3.2.1) x is the normalized
    negative log likelihood of the right answer; in the OLMo ladder (Bhagia et al. 2024, arXiv 2412.04403) it
    is the loss on the task, which itself follows a surface in N and D.
    """

    chance: float
    top: float
    slope: float
    midpoint: float

    form: ClassVar[str] = "sigmoid"

    def __post_init__(self) -> None:
        require_coefficients(self, "chance", zero=True)
        require_coefficients(self, "top", "slope")
        require_finite(self, "midpoint")
        if not self.chance < self.top <= 1:
            raise ValueError(f"top must be above chance, {self.chance!r}, and at most 1, not {self.top!r}")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "accuracy = chance + (top - chance)/(1 + e^(slope*(x - midpoint)))"

    def accuracy(self, x: float) -> float:
        """Accuracy at a loss or negative log likelihood."""
        return self.chance + (self.top - self.chance) / (1 + power(exp(1), self.slope * (x - self.midpoint)))

    def inverse(self, accuracy: float) -> float:
        """The x of this accuracy: minus infinity from `top` on, infinity down from chance."""
        if accuracy >= self.top:
            return -inf
        if accuracy <= self.chance:
            return inf
        return self.midpoint + log((self.top - accuracy) / (accuracy - self.chance)) / self.slope


@final
@dataclass(frozen=True, slots=True)
class TwoStep(Law):
    """NLL = u + v log10 C, then accuracy = the sigmoid of NLL: Llama 3's forecast of a benchmark.

    Llama Team 2024 (arXiv 2407.21783), section 3.2.1, which prints no coefficients. v is negative.
    """

    u: float
    v: float
    chance: float
    top: float
    slope: float
    midpoint: float

    form: ClassVar[str] = "two-step"

    def __post_init__(self) -> None:
        require_finite(self, "u", "v")
        if self.v >= 0:
            raise ValueError(f"v must be negative, not {self.v!r}")
        Sigmoid(self.chance, self.top, self.slope, self.midpoint)

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return f"x = u + v*log10 C, {self.sigmoid.formula}"

    @property
    def sigmoid(self) -> Sigmoid:
        """The second step."""
        return Sigmoid(self.chance, self.top, self.slope, self.midpoint)

    def nll(self, flops: float) -> float:
        """Negative log likelihood of the right answer with this compute."""
        require_positive("flops", flops)
        return self.u + self.v * log10(flops)

    def accuracy(self, flops: float) -> float:
        """Accuracy with this compute."""
        return self.sigmoid.accuracy(self.nll(flops))

    def flops_for(self, accuracy: float) -> float:
        """Compute that reaches the accuracy; infinite from `top` on, zero down from chance."""
        return power(10.0, (self.sigmoid.inverse(accuracy) - self.u) / self.v)


def exact_match(loss_per_token: float, answer_tokens: float) -> float:
    """Probability that all tokens of an answer are right, each being so with probability e**-loss.

    Schaeffer et al. 2023 (arXiv 2304.15004): a loss that falls smoothly makes a long exact answer look like
    an ability that appears at once.

    >>> [f"{exact_match(loss, 5):.3f}" for loss in (1.0, 0.3, 0.1)]
    ['0.007', '0.223', '0.607']
    """
    return exp(-loss_per_token * answer_tokens)
