"""Writes a page for every published law: formula, constants, what N counts, units, range, source, caveats."""

import re
from collections.abc import Iterable, Iterator, Mapping

import shown

from scalecalc import tables
from scalecalc.laws import Allocator
from scalecalc.quantity import Flops, Params, Tokens, TokensPerParam
from scalecalc.training.hyperparameters import HyperparameterLaw


def pages() -> dict[str, str]:
    """The text of every page on laws by its path."""
    laws, further = tables.all_laws(), tables.hyperparameter_laws()
    return {
        "laws.md": _overview([*laws, *further]),
        **{f"laws/{name}.md": _law_page(name) for name in laws},
        **{f"laws/{name}.md": _hyperparameter_page(law) for name, law in further.items()},
    }


def _overview(names: list[str]) -> str:
    """All laws in tables, each with a link to its page."""
    listed = _linked(_told("scalecalc laws"), names)
    rows = [
        f"| [{law.name}](laws/{law.name}.md) | {', '.join(_words(law.rules))} | {law.title} |"
        for law in tables.hyperparameter_laws().values()
    ]
    table = "\n".join(["| law | gives | title |", "| --- | --- | --- |", *rows])
    curves = "Laws of whole loss curves, for `schedule loss`, stand in [multi_power.csv](data.md)."
    contents = "\n".join(["```{toctree}", ":hidden:", "", *(f"laws/{name}" for name in names), "```"])
    parts = [
        "# Laws",
        listed,
        "## laws of batch size, learning rate and AdamW settings",
        table,
        curves,
        contents,
    ]
    return "\n\n".join(parts)


def _linked(markdown: str, names: Iterable[str]) -> str:
    """The same, each name of a law that begins a row a link to its page."""
    for name in names:
        markdown = re.sub(
            rf"^\| {re.escape(name)} \|", f"| [{name}](laws/{name}.md) |", markdown, flags=re.MULTILINE
        )
    return markdown


def _law_page(name: str) -> str:
    """All about a law, as the program tells it."""
    use = f"To follow it: `--law {name}`, as in `scalecalc optimal --flops 1e23 --law {name}`."
    splits = isinstance(tables.law(name).law, Allocator)
    return "\n\n".join([f"# {name}", *([use] if splits else []), _told(f"scalecalc laws {name}")])


def _told(line: str) -> str:
    """What a command line prints as Markdown: headings one level up, remarks in a list."""
    raised = re.sub("^###", "##", shown.table(line), flags=re.MULTILINE)
    headed = raised.replace("|  |  |\n", "| what | is |\n")
    return re.sub("^(note|warning): ", r"- \1: ", headed, flags=re.MULTILINE)


def _hyperparameter_page(law: HyperparameterLaw) -> str:
    source = f"{law.authors[0]} et al. {law.year}, {law.paper}"
    where = f"arXiv {law.arxiv}" if law.arxiv else ""
    facts = {
        "law": law.title,
        "also called": ", ".join(law.aliases),
        "N counts": law.counts,
        "constants from": law.where,
        "provenance": law.provenance,
        "source": ", ".join(filter(None, (source, where))),
    }
    return "\n\n".join(
        [
            f"# {law.name}",
            f"To follow it: `scalecalc hyperparameters --params 1B --tokens 100B --law {law.name}`.",
            "N parameters, D tokens, C = 6ND FLOPs; batches in tokens.",
            "## formulas",
            _pairs(
                (words, f"`{rule.formula}`")
                for words, rule in zip(_words(law.rules), law.rules.values(), strict=True)
            ),
            "## as published",
            _pairs((name, text) for name, text in facts.items() if text),
            *_settings(law),
            *_range(law),
            *_caveats(law),
        ]
    )


def _settings(law: HyperparameterLaw) -> Iterator[str]:
    given = law.settings.to_row()
    unverified = law.settings.unverified
    rows = [
        (
            _spoken(name),
            f"{_setting(value)}{' (not checked against the source)' if name in unverified else ''}",
        )
        for name, value in given.items()
        if name != "unverified"
    ]
    if rows:
        yield "## how the runs behind it were trained"
        yield _pairs(rows)


def _setting(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _range(law: HyperparameterLaw) -> Iterator[str]:
    rows = [(_spoken(name), _ends(name, ends)) for name, ends in law.ranges.to_row().items()]
    if rows:
        yield "## range of those runs"
        yield _pairs(rows)


def _ends(name: str, ends: Mapping[str, float]) -> str:
    """From and to, as far as they are published."""
    kind = {"params": Params, "tokens": Tokens, "flops": Flops}.get(name, TokensPerParam)
    return " ".join(
        f"{word} {kind(ends[end])}" for word, end in (("from", "low"), ("to", "high")) if end in ends
    )


def _caveats(law: HyperparameterLaw) -> Iterator[str]:
    if law.caveats:
        yield "## caveats"
        yield "\n".join(f"- {caveat}" for caveat in law.caveats)


def _words(names: Iterable[str]) -> list[str]:
    return [_spoken(name) for name in names]


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(["| what | is |", "| --- | --- |", *(f"| {name} | {text} |" for name, text in rows)])
