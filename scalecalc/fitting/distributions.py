"""Student's t and Fisher's F, the only places where SciPy is needed; it is loaded on first use."""


def quantile_of_t(degrees: float, level: float) -> float:
    """How many standard errors an interval of that level reaches on either side."""
    from scipy.special import stdtrit

    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    return float(stdtrit(degrees, 0.5 + level / 2))


def two_sided_p_of_t(degrees: float, statistic: float) -> float:
    """Probability of a t at least as far from zero."""
    from scipy.special import stdtr

    return float(2.0 * stdtr(degrees, -abs(statistic)))


def upper_p_of_f(first: float, second: float, statistic: float) -> float:
    """Probability of an F at least as large."""
    from scipy.special import fdtrc

    return float(fdtrc(first, second, statistic))
