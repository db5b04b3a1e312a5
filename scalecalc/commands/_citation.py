"""The papers of laws as BibTeX, one entry a paper, in signs that every BibTeX reads."""

import unicodedata
from collections.abc import Iterable

from scalecalc.laws import PublishedLaw
from scalecalc.laws.published import surname
from scalecalc.problem import ExitCode, Problem

OTHERS = "others"
"""Stands for further authors, in the tables as in BibTeX."""

ACCENTS = {"\u0301": "'", "\u0300": "`", "\u0302": "^", "\u0308": '"', "\u0303": "~", "\u0327": "c "}
"""TeX commands of combining marks."""

SPECIAL = {"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "ß": r"{\ss}", "ø": r"{\o}", "ł": r"{\l}"}


def bibtex(laws: Iterable[PublishedLaw]) -> str:
    """An entry for each paper, after a remark for each law on where in it the constants stand."""
    papers: dict[tuple[str, str], list[PublishedLaw]] = {}
    for law in laws:
        if not law.paper:
            hint = "published laws have a paper: `scalecalc laws` lists them"
            raise Problem("no-paper", f"{law.name} names no paper to cite", hint, ExitCode.NO_ANSWER)
        papers.setdefault((law.arxiv, law.paper), []).append(law)
    keys: dict[str, int] = {}
    return "\n\n".join(_entry(cited, keys) for cited in papers.values())


def _entry(cited: list[PublishedLaw], keys: dict[str, int]) -> str:
    law = cited[0]
    fields = {
        "title": f"{{{_tex(law.paper)}}}",
        "author": " and ".join(map(_author, law.authors)),
        "year": str(law.year or ""),
        "eprint": law.arxiv,
        "archivePrefix": "arXiv" if law.arxiv else "",
        "url": f"https://arxiv.org/abs/{law.arxiv}" if law.arxiv else law.url,
    }
    remarks = [f"% {each.name}: {' '.join(each.where.split())}" for each in cited]
    lines = [f"  {name:<13} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([*remarks, f"@misc{{{_key(law, keys)},", *lines, "}"])


def _key(law: PublishedLaw, keys: dict[str, int]) -> str:
    """Surname and year, such as hoffmann2022; another paper of the same gets a letter."""
    first = surname(law.authors[0]) if law.authors else law.name
    plain = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode()
    key = "".join(sign for sign in plain.lower() if sign.isalnum()) + str(law.year or "")
    keys[key] = keys.get(key, 0) + 1
    return key if keys[key] == 1 else f"{key}{chr(ord('a') + (keys[key] - 1) % 26)}"


def _author(name: str) -> str:
    """A name as `Surname, Given`, so that a surname of several words stays together."""
    if name == OTHERS or " " not in name:
        return _tex(name)
    last = surname(name)
    return f"{_tex(last)}, {_tex(name.removesuffix(last).strip())}"


def _tex(text: str) -> str:
    r"""Text with accents and special signs as TeX commands.

    >>> print(_tex("Maciej Pióro & Michał"))
    Maciej Pi{\'o}ro \& Micha{\l}
    """
    written: list[str] = []
    for sign in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", sign)
        if len(parts) == 2 and parts[1] in ACCENTS:
            written.append(f"{{\\{ACCENTS[parts[1]]}{parts[0]}}}")
        else:
            written.append(SPECIAL.get(sign, sign))
    return "".join(written)
