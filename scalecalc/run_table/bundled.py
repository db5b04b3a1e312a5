"""The run tables that come with the program: where they are, what they leave out, what to know of them."""

from dataclasses import dataclass
from pathlib import Path

from scalecalc import tables


@dataclass(frozen=True, slots=True)
class Bundled:
    """What is left out of a bundled table unless it is asked for and why, and what its reader must know."""

    knowing: str
    condition: str | None = None
    why: str = ""


NOTED = {
    "chinchilla": Bundled(
        "digitized from figure 4 of Hoffmann et al. 2022, whose own alpha 0.34 and beta 0.28 do not minimize "
        "their objective on it; the refit printed by Besiroglu et al. 2024 (E 1.8172, A 482.01, B 2085.43, "
        "alpha 0.3478, beta 0.3658) lies 0.4 % above the least huber-1e-3",
        "outlier!=yes",
        "the five highest losses, left out by Besiroglu et al. 2024 (arXiv 2404.10102)",
    ),
    "gpt3": Bundled(
        "loss on the target word of LAMBADA, which falls faster with compute than the validation loss of the "
        "published L = 2.57 C^-0.048 (Brown et al. 2020, figure 3.1); that one is in no table",
        "split=lambada_zero_shot",
        "the one-shot and few-shot rows, which measure the prompt's format too",
    ),
    "llama3": Bundled(
        "digitized from figure 2 of the Llama 3 paper, loss in a unit that it does not name; its "
        "D* = 0.299 C^0.537 is read off ten parabolas by approach 2, not off a surface: --approach all shows "
        "how far the two are apart, and how sure each is"
    ),
    "pile": Bundled("five families of models, with different recipes and token budgets, on one test set"),
}


def path_of(name: str) -> Path | None:
    """The file of a bundled table; None where no table has that name."""
    return tables.folder() / "runs" / f"{name}.csv" if name in tables.names("runs") else None
