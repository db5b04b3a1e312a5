"""The colors of figures on a page: letters that can be read on either paper."""

import re

import pytest

from scalecalc import commands
from scalecalc.render import figure
from scalecalc.render.figure_style import DARK, LIGHT
from scalecalc.render.page_colors import LETTERS, READABLE, Palette, colors_of, contrast, readable

both_papers = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])


def test_contrast_is_that_of_the_guideline():
    # The example of the working group's understanding document: #767676 is the lightest gray that passes.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") < READABLE


@both_papers
def test_every_color_of_a_series_makes_readable_letters(colors):
    for color in (*colors.series, *colors.shades, colors.faint, colors.ink):
        assert contrast(readable(color, colors), colors.paper) >= READABLE


@both_papers
def test_a_color_that_is_readable_stays(colors):
    assert readable(colors.ink, colors) == colors.ink


@both_papers
def test_all_letters_of_a_drawing_are_readable(colors):
    charts = commands.call("fit", runs="chinchilla", approach="all", plot=True).charts
    for chart in charts:
        drawn = [figure.svg((chart,), dark=is_dark) for is_dark in (False, True)]
        palette = Palette()
        joined = palette.joined(*drawn)
        _, values = (
            re.split("@media", palette.style()) if colors is DARK else (0, palette.style().split("@media")[0])
        )
        known = dict(re.findall(r"(--ink-\d+):(#[0-9a-f]{6});", values))
        letters = "".join(LETTERS.findall(joined))
        used = {known[name] for name in re.findall(r"var\((--ink-\d+)\)", letters)} - {colors.paper}
        assert used
        assert min(contrast(color, colors.paper) for color in used) >= READABLE
        assert colors_of(letters) == []
