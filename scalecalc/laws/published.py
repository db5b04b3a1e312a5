"""A law as its source published it: constants, conventions, range, receipts. One row of a laws file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import final

from scalecalc.laws.forms import law_from_row
from scalecalc.laws.law import Allocator, Law
from scalecalc.laws.receipts import UNKNOWN, Check, Ranges, Uncertainty
from scalecalc.laws.row import Row

COUNTS = ("total", "non-embedding", "active", "with-head")
"""What N counts; with-head is every parameter but the input embedding."""

PROVENANCE = ("primary", "secondary", "recomputed", "memory")
"""How the constants were come by: read in the paper or its authors' files, in a text that quotes it,
computed from its published tables, or not checked at all."""


PARTICLES = {"da", "de", "del", "della", "den", "der", "di", "du", "la", "las", "le", "van", "von"}
"""Words before a surname that belong to it."""


@final
@dataclass(frozen=True, slots=True)
class PublishedLaw:
    """A law with everything that its reader must know to use its numbers rightly.

    `spread` marks the laws whose disagreement is shown beside an answer. `allocator` is false for a
    surface whose optimum its authors do not mean. A `warning` belongs beside every number of the law.
    """

    name: str
    law: Law
    title: str = ""
    family: str = "own"
    aliases: tuple[str, ...] = ()
    paper: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    arxiv: str = ""
    url: str = ""
    where: str = ""
    provenance: str = "primary"
    counts: str = "total"
    loss_unit: str = "nats/token"
    corpus: str = ""
    tokenizer: str = ""
    flops_convention: str = "C = 6ND"
    spread: bool = False
    allocator: bool = True
    warning: str | None = None
    caveats: tuple[str, ...] = ()
    ranges: Ranges = UNKNOWN
    uncertainty: Uncertainty | None = None
    checks: tuple[Check, ...] = ()

    @property
    def allocates(self) -> bool:
        """Whether its optimal (params, tokens) are there to be followed."""
        return self.allocator and isinstance(self.law, Allocator)

    @property
    def citation(self) -> str:
        """Authors and year as a text names them.

        >>> from scalecalc.laws import Additive
        >>> law = Additive(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)
        >>> PublishedLaw("a3", law, authors=("Jordan Hoffmann", "others"), year=2022).citation
        'Hoffmann et al. 2022'
        """
        surnames = [surname(author) for author in self.authors]
        several = len(surnames) > 2 or "others" in surnames
        who = f"{surnames[0]} et al." if several else " and ".join(surnames)
        return " ".join(part for part in (who, str(self.year or "")) if part)

    @classmethod
    def from_row(cls, name: str, row: Mapping[str, object]) -> "PublishedLaw":
        """Read a row of a laws file, or a user's own; a ValueError names the key and value that are wrong.

        Only `form` and `coefficients` must be there.

        >>> coefficients = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": -0.34, "beta": 0.28}
        >>> PublishedLaw.from_row("mine", {"form": "additive", "coefficients": coefficients})
        Traceback (most recent call last):
        ValueError: law mine: coefficients: alpha must be finite and positive, not -0.34
        """
        read = Row(f"law {name}", row)
        read.refuse_unknown(_KEYS)
        return cls(
            name=name,
            law=law_from_row(read),
            title=read.text("title"),
            family=read.text("family", "own"),
            aliases=read.texts("aliases"),
            paper=read.text("paper"),
            authors=read.texts("authors"),
            year=read.whole("year"),
            arxiv=read.text("arxiv"),
            url=read.text("url"),
            where=read.text("where"),
            provenance=read.choice("provenance", PROVENANCE, "primary"),
            counts=read.choice("counts", COUNTS, "total"),
            loss_unit=read.text("loss_unit", "nats/token"),
            corpus=read.text("corpus"),
            tokenizer=read.text("tokenizer"),
            flops_convention=read.text("flops_convention", "C = 6ND"),
            spread=read.flag("spread", default=False),
            allocator=read.flag("allocator", default=True),
            warning=read.text("warning") or None,
            caveats=read.texts("caveats"),
            ranges=Ranges.from_row(read.table("ranges")),
            uncertainty=Uncertainty.from_row(read.table("uncertainty")) if "uncertainty" in row else None,
            checks=tuple(Check.from_row(check) for check in read.tables("checks")),
        )

    def to_row(self) -> dict[str, object]:
        """Row that `from_row` reads back to this law; what is at its default is left out."""
        row: dict[str, object] = {"form": self.law.form, "coefficients": self.law.coefficients()}
        for field in _FIELDS:
            value = getattr(self, field.name)
            if value != field.default:
                row[field.name] = _plain(value)
        return row


def surname(name: str) -> str:
    """The last word of a name with the particles before it.

    >>> surname("Teven Le Scao"), surname("Diego de las Casas"), surname("Tom B. Brown")
    ('Le Scao', 'de las Casas', 'Brown')
    """
    words = name.split()
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in PARTICLES:
        start -= 1
    return " ".join(words[start:])


_FIELDS = fields(PublishedLaw)[2:]
_KEYS = ("form", "coefficients", *(field.name for field in _FIELDS))


def _plain(value: object) -> object:
    """Value as TOML and JSON write it."""
    if isinstance(value, (Ranges, Uncertainty, Check)):
        return value.to_row()
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value
