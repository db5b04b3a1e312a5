"""A run to be set up, as laws of hyperparameters see it."""

from dataclasses import dataclass
from typing import final

from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, require_positive
from scalecalc.laws.conventions import EMBEDDING_VOCAB, non_embedding_from_total, total_from_non_embedding
from scalecalc.laws.published import COUNTS


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """A run to be set up: its size, counted in each way that laws count, and its tokens.

    `loss` is what the run is expected to reach, in nats per token; a few laws ask for it.
    """

    total: float
    non_embedding: float
    with_head: float
    tokens: float
    loss: float | None = None

    def __post_init__(self) -> None:
        for name in ("total", "non_embedding", "with_head", "tokens"):
            require_positive(name, getattr(self, name))
        if self.loss is not None:
            require_positive("loss", self.loss)

    @classmethod
    def of(
        cls,
        params: float,
        tokens: float,
        counts: str = "total",
        vocab: float = EMBEDDING_VOCAB,
        loss: float | None = None,
    ) -> "TrainingRun":
        """Run of a model of which one count is known, the others following by Pearce & Song 2024.

        Their embedding is tied to the head, so that all parameters are those with the head. Of a mixture of
        experts, the active parameters stand for all.
        """
        if counts not in COUNTS:
            raise ValueError(f"counts must be one of {', '.join(COUNTS)}, not {counts!r}")
        inner = params if counts == "non-embedding" else non_embedding_from_total(params, vocab)
        whole = total_from_non_embedding(params, vocab) if counts == "non-embedding" else params
        return cls(total=whole, non_embedding=inner, with_head=whole, tokens=tokens, loss=loss)

    def known(self, counts: str) -> dict[str, float]:
        """The variables of rules, N counted as a law counts it and C = 6ND with that N."""
        params = {"non-embedding": self.non_embedding, "with-head": self.with_head}.get(counts, self.total)
        found = {
            "params": params,
            "tokens": self.tokens,
            "flops": FLOPS_PER_TOKEN_PER_PARAM * params * self.tokens,
            "tokens_per_param": self.tokens / params,
        }
        return found if self.loss is None else {**found, "loss": self.loss}
