"""The one exception of the number grammar, and what every reading starts with: a short, clean text."""

LONGEST_NUMBER = 100
LONGEST_EXCERPT = 40

# Spaces that typesetting puts into numbers, and the signs that have an ASCII twin.
_FOLDED = {
    **dict.fromkeys([0x09, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
    0xD7: "x",
    0xB7: "*",
    0x22C5: "*",
    0x2212: "-",
}


class Refused(ValueError):  # noqa: N818 - the domain's word, like Problem
    """A text or number that is no such quantity, with the reason and the way to write it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


def shown(text: str) -> str:
    r"""At most 40 characters of a text, control characters escaped, quoted where it has spaces.

    >>> shown("70 Q"), shown("7\x1b[1m"), shown("9" * 50)
    ("'70 Q'", '7\\x1b[1m', '9999999999999999999999999999999999999...')
    """
    start = text[: LONGEST_EXCERPT + 1]
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in start)
    if len(escaped) > LONGEST_EXCERPT:
        escaped = escaped[: LONGEST_EXCERPT - 3] + "..."
    return f"'{escaped}'" if not escaped or " " in escaped else escaped


def cleaned(text: str, example: str, longest: int = LONGEST_NUMBER) -> str:
    """The text without outer space, with typographic spaces and signs in ASCII; digits are 0 to 9 only."""
    if len(text) > longest:
        raise Refused(
            f"{shown(text)} has {len(text)} characters", f"write at most {longest}, for example {example}"
        )
    folded = text.translate(_FOLDED).strip()
    if not folded:
        raise Refused(f"{shown(text)} is empty", f"for example {example}")
    foreign = [c for c in folded if c.isnumeric() and not c.isascii()]
    if foreign:
        raise Refused(f"{shown(folded)} has digits other than 0 to 9", _ascii_hint(folded, foreign, example))
    return folded


def _ascii_hint(text: str, foreign: list[str], example: str) -> str:
    if all(c.isdecimal() for c in foreign):
        return f"write {shown(''.join(str(int(c)) if c.isdecimal() else c for c in text))}"
    return f"write a power as 10^23 and a fraction as 0.5, for example {example}"
