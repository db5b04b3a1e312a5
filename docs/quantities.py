"""Writes how each quantity may be typed, and what it is read as; cog puts it into docs/numbers.md."""

from scalecalc.quantity import Cluster, Dollars, Duration, Flops, Params, Price, Share, Tokens, TokensPerParam

_TYPED = {
    "compute": (Flops, "FLOPs", ("1e23", "3.8e25FLOP", "1157PF-days", "2^70")),
    "parameters": (Params, "parameters", ("70B", "7b", "350M", "1_000_000", "1,000,000")),
    "tokens": (Tokens, "tokens", ("1.4T", "300B", "12k")),
    "time": (Duration, "seconds", ("90s", "15m", "36h", "30d", "6w", "3mo", "1d12h", "P30D")),
    "money": (Dollars, "US dollars", ("2M", "$2M", "2M$", "50k")),
    "price": (Price, "US dollars per GPU-hour", ("2.5/h", "$2.5/h")),
    "share": (Share, "of the whole", ("40%", "0.4")),
    "ratio": (TokensPerParam, "tokens per parameter", ("20", "20:1", "20tpp")),
}


def markdown() -> str:
    """Return a table of texts and what they are read as, in base units."""
    rows = [
        f"| {what} | `{text}` | {_plain(kind.parse(text))} {unit} |"
        for what, (kind, unit, texts) in _TYPED.items()
        for text in texts
    ]
    rows += [
        f"| devices | `{text}` | {_cluster(text)} |"
        for text in ("512xH100", "8xh100-pcie", "2048*gb200", "512")
    ]
    return "\n".join(["| what | written | read as |", "| --- | --- | --- |", *rows])


def _plain(value: float) -> str:
    return f"{int(value):,}" if value.is_integer() and value < 1e15 else f"{value:.4g}".replace("e+", "e")


def _cluster(text: str) -> str:
    cluster = Cluster.parse(text)
    return f"{cluster.count} of {cluster.accelerator or 'the default accelerator'}"
