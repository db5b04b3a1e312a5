"""The best model within limits of demand, data and size, over any loss surface.

All of it is one equation. A surface grows with S = A / N'**alpha + B / D'**beta, N' and D' being what N and
D are worth where tokens repeat (N and D themselves where they do not). Along a fixed cost N (6 D + 2 T), T
tokens being served, ln D falls by 1 + T / 3D for each ln N, so that at the optimum
    -dS / d ln N  ==  -dS / d ln D * (1 + T / 3D)
which is Sardana et al. 2024 (arXiv 2401.00448) without repetition and Muennighoff et al. 2023 (arXiv
2305.16264) without demand. Along a fixed cost the left side falls and the right side rises in N (S is convex
in ln N there, as ln N' is concave in ln N), along a fixed loss as well: there is one root, and a limit on N
or D that it passes holds with equality.
"""

from dataclasses import dataclass, replace
from math import exp, inf, log, log1p
from typing import final

from scalecalc.laws.arithmetic import beyond_floats, power
from scalecalc.laws.constraints import Best, Demand, Infeasible, Limits
from scalecalc.laws.repetition import Saturation
from scalecalc.laws.roots import falling_root
from scalecalc.laws.surface import Surface

ROUNDING = 1e-12
"""A loss or a budget missed by less than this share is met: the last digits of the loss decide no more."""


def best_within(law: Surface, limits: Limits) -> Best:
    """The model of least loss within a budget, or the cheapest one that reaches a loss.

    With both, the cheapest one, if the budget pays for it. Raises `Infeasible` where nothing keeps to the
    limits, naming the limit that binds and the smallest moves that would do.

    Sardana et al. 2024: as good as 30B at its optimum of 1.556T tokens, for 5T tokens served.

    >>> from scalecalc.laws import Additive
    >>> law = Additive(E=1.69, A=406.4, B=410.7, alpha=0.336, beta=0.283)
    >>> loss = law.loss(30e9, law.terms.tokens_at(30e9))
    >>> best = best_within(law, Limits(loss=loss, demand=Demand(tokens=5e12)))
    >>> f"{best.params / 1e9:.1f}B on {best.tokens / 1e12:.2f}T"
    '16.4B on 3.26T'
    """
    try:
        return _best_within(law, limits)
    except ArithmeticError:
        raise beyond_floats("limits", limits) from None


def _best_within(law: Surface, limits: Limits) -> Best:
    sides = _Sides.of(law, limits)
    if limits.loss is None:
        return sides.best(limits)
    best = sides.cheapest(limits)
    if best.cost > limits.budget * (1 + ROUNDING):
        affordable = sides.best(replace(limits, loss=None))
        raise Infeasible(limits, ("budget",), {"budget": best.cost, "loss": affordable.loss})
    return best


def as_good_as(law: Surface, params: float, tokens: float, limits: Limits) -> Best:
    """The cheapest model within limits that is as good as one of this size on so many unique tokens."""
    return best_within(law, replace(limits, loss=law.loss(params, tokens)))


@final
@dataclass(frozen=True, slots=True)
class Doubling:
    """By how much the least loss falls if one of the two were there twice."""

    budget: float
    unique_tokens: float


def doubling(law: Surface, limits: Limits) -> Doubling:
    """What twice the budget, and what twice the unique tokens would win: which of the two is worth more."""
    if limits.supply is None or limits.loss is not None:
        raise ValueError("limits must have a budget and a supply of unique tokens, and no loss")
    here = best_within(law, limits).loss
    wider = replace(limits.supply, unique_tokens=2 * limits.supply.unique_tokens)
    return Doubling(
        budget=here - best_within(law, replace(limits, budget=2 * limits.budget)).loss,
        unique_tokens=here - best_within(law, replace(limits, supply=wider)).loss,
    )


@final
@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two terms of S: scale / worth**exponent."""

    scale: float
    exponent: float
    worth: Saturation

    def term(self, x: float) -> float:
        """The term at x, which may be infinite."""
        effective = self.worth.ceiling if x == inf else self.worth.effective(x)
        return self.scale * power(effective, -self.exponent)

    def reaching(self, term: float) -> float:
        """The x at which the term is this; infinite where none is."""
        return inf if term <= 0 else self.worth.needed(power(term / self.scale, -1 / self.exponent))

    def log_pull(self, x: float) -> float:
        """Logarithm of -d term / d ln x."""
        effective = self.worth.effective(x)
        return log(self.exponent * self.scale) - self.exponent * log(effective) + self.worth.log_slope(x)


@final
@dataclass(frozen=True, slots=True)
class _Sides:
    """The two terms of a surface under limits, and the demand."""

    law: Surface
    params: _Side
    tokens: _Side
    demand: Demand

    @classmethod
    def of(cls, law: Surface, limits: Limits) -> "_Sides":
        terms, supply = law.terms, limits.supply
        of_params = of_tokens = _UNLIMITED
        if supply is not None:
            of_params = supply.repetition.of_params(law, supply.unique_tokens)
            of_tokens = supply.repetition.of_tokens(supply.unique_tokens)
        return cls(
            law,
            _Side(terms.A, terms.alpha, of_params),
            _Side(terms.B, terms.beta, of_tokens),
            limits.demand,
        )

    def total(self, params: float, tokens: float) -> float:
        """S at (params, tokens), either of which may be infinite."""
        return self.params.term(params) + self.tokens.term(tokens)

    def best(self, limits: Limits) -> Best:
        """Least S within the budget: on it, unless both sizes are at their limits."""
        demand = self.demand

        def params_of(tokens: float) -> float:
            return limits.budget / (demand.per_trained * tokens + demand.of_serving)

        _, unlimited = self.law.optimal(limits.budget / demand.train_price)
        tokens = exp(falling_root(lambda u: -self._surplus(params_of(exp(u)), exp(u)), log(unlimited)))
        params = params_of(tokens)
        if params >= limits.max_params:
            params = limits.max_params
            tokens = (limits.budget / params - demand.of_serving) / demand.per_trained
        if tokens >= limits.max_tokens:
            tokens = limits.max_tokens
            params = min(params_of(tokens), limits.max_params)
        return self._answer(params, tokens, limits, "budget")

    def cheapest(self, limits: Limits) -> Best:
        """Least cost with the loss that is asked for."""
        total = self.law.total_of(limits.loss or 0.0)
        reachable = self.total(limits.max_params, limits.max_tokens)
        if total <= 0 or reachable > total * (1 + ROUNDING):
            raise self._infeasible(total, limits)

        def sizes(odds: float) -> tuple[float, float]:
            """Sizes where the parameters have the share 1 / (1 + e**-odds) of the total."""
            return self.params.reaching(total * _share(odds)), self.tokens.reaching(total * _share(-odds))

        terms = self.law.terms
        odds = falling_root(lambda u: -self._surplus(*sizes(u)), log(terms.beta / terms.alpha))
        params, tokens = sizes(odds)
        if params >= limits.max_params:
            params = limits.max_params
            tokens = min(self.tokens.reaching(total - self.params.term(params)), limits.max_tokens)
        elif tokens >= limits.max_tokens:
            tokens = limits.max_tokens
            params = min(self.params.reaching(total - self.tokens.term(tokens)), limits.max_params)
        if max(params, tokens) == inf:
            raise self._infeasible(total, limits)
        return self._answer(params, tokens, limits, "loss")

    def _surplus(self, params: float, tokens: float) -> float:
        """Logarithm of what more parameters win over what the tokens given up for them lose."""
        if params == inf:
            return -inf
        if tokens == inf:
            return inf
        lost_per_params = log1p(self.demand.of_serving / (self.demand.per_trained * tokens))
        return self.params.log_pull(params) - self.tokens.log_pull(tokens) - lost_per_params

    def _answer(self, params: float, tokens: float, limits: Limits, goal: str) -> Best:
        reached = {"max_params": params >= limits.max_params, "max_tokens": tokens >= limits.max_tokens}
        sizes = [name for name, binds in reached.items() if binds]
        # with both sizes at their limits the rest of a budget is of no use
        goals = [goal] if goal == "loss" or len(sizes) < 2 else []
        effective = self.params.worth.effective(params), self.tokens.worth.effective(tokens)
        short = ["unique_tokens"] if effective != (params, tokens) else []
        return Best(
            params,
            tokens,
            self.law.loss(*effective),
            self.demand.cost(params, tokens),
            *effective,
            limits,
            (*goals, *sizes, *short),
        )

    def _infeasible(self, total: float, limits: Limits) -> Infeasible:
        """Where each limit must be for the total to be reached, the others kept."""
        supply = limits.supply
        reachable = self.total(limits.max_params, limits.max_tokens)
        at = {"max_params": limits.max_params, "max_tokens": limits.max_tokens}
        to = {
            "max_params": self.params.reaching(total - self.tokens.term(limits.max_tokens)),
            "max_tokens": self.tokens.reaching(total - self.params.term(limits.max_params)),
        }
        if supply is not None:
            at["unique_tokens"] = supply.unique_tokens
            to["unique_tokens"] = self._unique_tokens(total, limits)
        present = [name for name, value in at.items() if value < inf]
        moves = {name: to[name] for name in present if to[name] < inf}
        nearest = sorted(moves, key=lambda name: moves[name] / at[name])
        together = present if total > 0 and present else ["loss"]
        relaxations = {name: moves[name] for name in nearest} | {"loss": self.law.loss_of(reachable)}
        return Infeasible(limits, tuple(nearest[:1] or together), relaxations)

    def _unique_tokens(self, total: float, limits: Limits) -> float:
        """Least unique tokens with which the sizes at their limits reach the total."""
        supply = limits.supply
        without = _Sides.of(self.law, replace(limits, supply=None))
        if supply is None or without.total(limits.max_params, limits.max_tokens) >= total:
            return inf

        def missing(log_unique: float) -> float:
            wider = replace(limits, supply=replace(supply, unique_tokens=exp(log_unique)))
            return _Sides.of(self.law, wider).total(limits.max_params, limits.max_tokens) - total

        return exp(falling_root(missing, log(supply.unique_tokens)))


_UNLIMITED = Saturation(inf, 1.0)


def _share(odds: float) -> float:
    """1 / (1 + e**-odds), exact at both ends."""
    small = exp(-abs(odds))
    return 1 / (1 + small) if odds >= 0 else small / (1 + small)
