"""Unigram and bigram models of a token stream: what any language model must beat.

A model is made from the counts of the training split and scored on the counts of a held-out one; the order
of the tokens matters no further. Tokens are any hashable values. A token that the training split lacks has
the probability of one unknown token, which the vocabulary counts.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from math import fsum, inf, log

Token = Hashable
Bigram = tuple[Hashable, Hashable]

_UNKNOWN = object()
"""Stands for every token that ends no bigram of the training split."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each token, and each token after another, stands in a text."""

    unigrams: Mapping[Token, int]
    bigrams: Mapping[Bigram, int]

    @classmethod
    def of(cls, tokens: Sequence[Token], before: Iterable[Token] = ()) -> "Counts":
        """The counts of a text; `before` holds the token that precedes it, if one does."""
        return cls(Counter(tokens), Counter(pairwise(chain(before, tokens))))

    @property
    def tokens(self) -> int:
        """Length of the text."""
        return sum(self.unigrams.values())


@dataclass(frozen=True, slots=True)
class Score:
    """The log-likelihood of a text in nats, of `tokens` tokens that the model was asked for.

    `impossible` is the first token of probability zero, `ruled_out` how many there are.
    """

    log_likelihood: float
    tokens: int
    impossible: Token | None = None
    ruled_out: int = 0

    @property
    def cross_entropy(self) -> float:
        """Nats per token."""
        return -self.log_likelihood / self.tokens


class Ngram(ABC):
    """A model of a token given the one before it, or given nothing."""

    order: int
    """1 for a unigram model, 2 for a bigram model."""

    @abstractmethod
    def probability(self, token: Token, before: Token | None = None) -> float:
        """The probability of a token; `before` is what a bigram model looks at."""

    @abstractmethod
    def score_in_training(self) -> Score:
        """The score of the text that the model was made from, without a look at each token again."""

    def score(self, text: Counts) -> Score:
        """The log-likelihood of a text: a bigram model is not asked for a token without one before it.

        >>> model = Additive(Counts.of("abracadabra"), vocabulary=5, add=0)
        >>> score = model.score(Counts.of("bad"))
        >>> f"{score.log_likelihood:.4f}"  # log(2/11 * 5/11 * 1/11)
        '-4.8911'
        """
        terms, ruled_out, first = [], 0, None
        probability = self.probability
        for token, before, times in self._events(text):
            chance = probability(token, before)
            if chance > 0:
                terms.append(times * log(chance))
            else:
                first = token if not ruled_out else first
                ruled_out += times
        tokens = sum((text.unigrams if self.order == 1 else text.bigrams).values())
        if not tokens:
            raise ValueError("text must hold a token that the model can be asked for")
        return Score(-inf if ruled_out else fsum(terms), tokens, first, ruled_out)

    def _events(self, text: Counts) -> Iterable[tuple[Token, Token | None, int]]:
        if self.order == 1:
            return ((token, None, times) for token, times in text.unigrams.items())
        return ((token, before, times) for (before, token), times in text.bigrams.items())


@dataclass(frozen=True, slots=True)
class Uniform(Ngram):
    """Every token of the vocabulary alike."""

    vocabulary: int
    order: int = 1

    def __post_init__(self) -> None:
        _require_vocabulary(self.vocabulary)

    def probability(self, token: Token, before: Token | None = None) -> float:  # noqa: ARG002
        """One in the vocabulary."""
        return 1 / self.vocabulary

    def score_in_training(self) -> Score:
        """That of one token: nothing was fitted."""
        return Score(-log(self.vocabulary), 1)


@dataclass(frozen=True, slots=True)
class Additive(Ngram):
    """(count + add) / (all + add * vocabulary): Laplace's rule for add = 1, maximum likelihood for 0.

    Chen & Goodman 1998, section 2.1; a context that the training split lacks gives every token alike,
    or none a chance where nothing is added.
    """

    counts: Counts
    vocabulary: int
    add: float = 1.0
    order: int = 1
    _totals: Mapping[Token, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Count the contexts."""
        _require_vocabulary(self.vocabulary, self.counts)
        if not 0 <= self.add < inf:
            raise ValueError(f"add must be zero or positive and finite, not {self.add!r}")
        if self.order not in (1, 2):
            raise ValueError(f"order must be 1 or 2, not {self.order!r}")
        totals = {None: self.counts.tokens} if self.order == 1 else _contexts(self.counts)
        object.__setattr__(self, "_totals", totals)

    def probability(self, token: Token, before: Token | None = None) -> float:
        """The smoothed share of the token, or of the token after the one before it."""
        if self.order == 1:
            times, total = self.counts.unigrams.get(token, 0), self._totals[None]
        else:
            times, total = self.counts.bigrams.get((before, token), 0), self._totals.get(before, 0)
        mass = total + self.add * self.vocabulary
        return (times + self.add) / mass if mass else 0.0

    def score_in_training(self) -> Score:
        """From how many events were seen how often, and how often each context was."""
        events = self.counts.unigrams if self.order == 1 else self.counts.bigrams
        seen = Counter(events.values())
        mass = self.add * self.vocabulary
        kept = fsum(kinds * times * log(times + self.add) for times, kinds in seen.items())
        shared = fsum(total * log(total + mass) for total in self._totals.values())
        return Score(kept - shared, sum(self._totals.values()))


@dataclass(frozen=True, slots=True)
class KneserNey(Ngram):
    """Interpolated Kneser-Ney: discounted bigrams, and below them in how many contexts a token was seen.

    Kneser & Ney 1995 as Chen & Goodman 1998 (section 2.8) interpolate it, with one discount. With a
    `vocabulary` the lowest order is discounted too and interpolated with a uniform choice, so that unknown
    tokens have a probability; without it they have none.
    """

    counts: Counts
    vocabulary: int | None
    discount: float = 0.75
    order: int = 2
    _totals: Mapping[Token, int] = field(init=False, repr=False, compare=False)
    _followers: Mapping[Token, int] = field(init=False, repr=False, compare=False)
    _lower: Mapping[Token, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Count the contexts, and the kinds of token before and after each."""
        if self.vocabulary is not None:
            _require_vocabulary(self.vocabulary, self.counts)
        if not 0 < self.discount <= 1:
            raise ValueError(f"discount must be above 0 and at most 1, not {self.discount!r}")
        if not self.counts.bigrams:
            raise ValueError("counts must hold a bigram")
        object.__setattr__(self, "_totals", _contexts(self.counts))
        object.__setattr__(self, "_followers", Counter(before for before, _ in self.counts.bigrams))
        object.__setattr__(self, "_lower", self._lowest_order())

    def probability(self, token: Token, before: Token | None = None) -> float:
        """The discounted share after `before`, and what was discounted shared out by the lower order."""
        lower = self._lower.get(token, self._lower[_UNKNOWN])
        total = self._totals.get(before, 0)
        if not total:
            return lower
        kept = max(self.counts.bigrams.get((before, token), 0) - self.discount, 0.0)
        return (kept + self.discount * self._followers[before] * lower) / total

    def score_in_training(self) -> Score:
        """The sum over kinds of bigrams, each of which was seen."""
        discount, totals, lower = self.discount, self._totals, self._lower
        shared = {before: discount * kinds for before, kinds in self._followers.items()}
        nats = fsum(
            times * log((times - discount + shared[before] * lower[token]) / totals[before])
            for (before, token), times in self.counts.bigrams.items()
        )
        return Score(nats, sum(totals.values()))

    def _lowest_order(self) -> Mapping[Token, float]:
        """The share of the kinds of bigrams that end in each token, and what is left for an unknown one."""
        kinds: Counter[Token] = Counter(token for _, token in self.counts.bigrams)
        discount = 0.0 if self.vocabulary is None else self.discount
        shared = 0.0 if self.vocabulary is None else discount * len(kinds) / self.vocabulary
        every = len(self.counts.bigrams)
        return {token: (of - discount + shared) / every for token, of in kinds.items()} | {
            _UNKNOWN: shared / every
        }


def _contexts(counts: Counts) -> Mapping[Token, int]:
    """How often each token stands before another."""
    totals: Counter[Token] = Counter()
    for (before, _), times in counts.bigrams.items():
        totals[before] += times
    return totals


def _require_vocabulary(vocabulary: int, counts: Counts | None = None) -> None:
    least = max(1, len(counts.unigrams) if counts else 1)
    if vocabulary < least:
        raise ValueError(f"vocabulary must be at least {least}, the kinds of tokens, not {vocabulary!r}")
