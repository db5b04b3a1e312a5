"""Spans of time."""

import pytest

from scalecalc.quantity import Duration, Refused

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("15min", 900),
        ("36h", 36 * HOUR),
        ("30d", 30 * DAY),
        ("30 days", 30 * DAY),
        ("6w", 42 * DAY),
        ("3mo", 365.25 / 4 * DAY),
        ("1y", 365.25 * DAY),
        ("1d12h", 36 * HOUR),
        ("1 day 12 hours", 36 * HOUR),
        ("12h1d", 36 * HOUR),
        ("2 hrs", 2 * HOUR),
        ("1 hour", HOUR),
        ("36H", 36 * HOUR),
        ("1.5d", 36 * HOUR),
        ("1e3h", 1000 * HOUR),
        ("1,000h", 1000 * HOUR),
        ("350ms", 0.35),
        ("5us", 5e-6),
        ("5\u00b5s", 5e-6),
        ("P30D", 30 * DAY),
        ("PT36H", 36 * HOUR),
        ("P1DT12H", 36 * HOUR),
        ("PT15M", 900),
        ("P3M", 365.25 / 4 * DAY),
        ("P2W", 14 * DAY),
        ("PT1.5H", 5400),
        ("p30d", 30 * DAY),
    ],
)
def test_durations(text, seconds):
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("30", "30 has no unit of time", "write 30d, 30h or 30s"),
        ("1d12", "1d12 has no unit of time", "write 12d, 12h or 12s"),
        ("5M", "5M may be months or minutes", "write 5mo or 5min"),
        ("5Ms", "milliseconds or megaseconds", "write 5ms or 5e6s"),
        ("1:30", "may be hours or minutes", "write 1h30min"),
        ("1d1day", "names day twice", "1d12h"),
        ("0d", "is zero", "is positive"),
        ("-5d", "is negative", "30d"),
        ("1h-5m", "1h-5m is negative", "30d"),
        ("5 fortnights", "unknown ending fortnights", "30d"),
        ("d", "does not start with a number", "30d"),
        ("P", "not an ISO 8601 duration", "P1DT12H"),
        ("PT", "not an ISO 8601 duration", "P1DT12H"),
        ("P1DT", "not an ISO 8601 duration", "P1DT12H"),
        ("P1H", "not an ISO 8601 duration", "P1DT12H"),
        ("1,5h", "group digits by three", "1.5"),
        ("1e400s", "too large", "1e300"),
    ],
)
def test_what_is_no_duration_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Duration.parse(text)
    assert hint in refusal.value.hint


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12.3 * DAY, "12.3 days"),
        (DAY, "1 day"),
        (36.5 * HOUR, "36.5 hours"),
        (2.1 * 365.25 * DAY, "2.1 years"),
        (365.25 * DAY, "1 year"),
        (365 * DAY, "365 days"),
        (0.35, "350 ms"),
        (0.9999, "1 second"),
        (90, "90 seconds"),
        (119.99, "2 minutes"),
        (HOUR, "1 hour"),
        (47.99 * HOUR, "2 days"),
        (5e-6, "5 us"),
        (1e-7, "1e-7 seconds"),
        (5e8 * DAY, "1368925 years"),
    ],
)
def test_durations_print_in_the_largest_fitting_unit(seconds, text):
    assert str(Duration(seconds)) == text
