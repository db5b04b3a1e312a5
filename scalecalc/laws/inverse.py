"""The questions turned round: what reaches a loss.

Every answer is closed, for floats only, and exact to rounding: a relative error of about 1e-12, more
only where the loss is so near its floor that its own last digits decide. A loss that nothing reaches
has the answer infinity: no finite amount is enough.
"""

from scalecalc.laws.allocation import Allocation, LossCurve
from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, power, require_positive
from scalecalc.laws.surface import Surface


def flops_for(law: Surface | Allocation | LossCurve, loss: float) -> float:
    """Least compute whose optimum reaches the loss; infinite at or below the law's floor.

    An allocation answers by its companion curve of loss in compute.

    >>> from scalecalc.laws import Additive
    >>> law = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
    >>> f"{flops_for(law, 2.0):.3e}"
    '2.475e+23'
    >>> flops_for(law, 1.8)
    inf
    """
    require_positive("loss", loss)
    if isinstance(law, Surface):
        total, terms = law.total_of(loss), law.terms
        return FLOPS_PER_TOKEN_PER_PARAM * power(max(total, 0.0) / terms.least_at_unit, -1 / terms.decay)
    if isinstance(law, LossCurve):
        if law.of != "flops":
            raise ValueError(f"law must be a loss curve of flops, not of {law.of}")
        return law.inverse(loss)
    if law.curve is None:
        raise ValueError("law must predict a loss: this allocation has no loss curve")
    return law.curve.inverse(loss) / law.share


def tokens_for(law: Surface, params: float, loss: float) -> float:
    """Tokens on which a model of this size reaches the loss; infinite when it never does.

    >>> from scalecalc.laws import Additive
    >>> law = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
    >>> tokens_for(law, 8e9, law.loss(70e9, 1.4e12))
    inf
    >>> f"{tokens_for(law, 35e9, law.loss(70e9, 1.4e12)):.3e}"
    '3.647e+12'
    """
    require_positive("params", params)
    require_positive("loss", loss)
    terms = law.terms
    left = law.total_of(loss) - terms.A * power(params, -terms.alpha)
    return power(max(left, 0.0) / terms.B, -1 / terms.beta)


def params_for(law: Surface, tokens: float, loss: float) -> float:
    """Size of the model that reaches the loss on these tokens; infinite when none does."""
    require_positive("tokens", tokens)
    require_positive("loss", loss)
    terms = law.terms
    left = law.total_of(loss) - terms.B * power(tokens, -terms.beta)
    return power(max(left, 0.0) / terms.A, -1 / terms.alpha)
