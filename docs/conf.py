"""How the site is built: `sphinx-build -W docs build/site`. It needs the extra `docs` and no network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import site_pages

import scalecalc

project = "scalecalc"
author = "The scalecalc authors"
project_copyright = author
release = version = scalecalc.__version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["laws/*.md", "reference.md"]
nitpicky = True
smartquotes = False  # options begin with two hyphens, which must stay two

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"scalecalc {version}"
html_show_sphinx = False
html_copy_source = False
html_show_search_summary = False  # a summary is fetched page by page, which a browser refuses for files
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5394", "color-brand-content": "#0b5394"},
    "dark_css_variables": {"color-brand-primary": "#8ab8e6", "color-brand-content": "#8ab8e6"},
}
# These two keep 4.5:1 for every token, on the theme's light and dark grounds.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def setup(app: object) -> None:
    """Write the pages that come from the program, and read pages of the repository as pages of the site."""
    site_pages.write(Path(__file__).parent)
    app.connect("source-read", _as_page_of_the_site)  # type: ignore[attr-defined]


def _as_page_of_the_site(_app: object, name: str, source: list[str]) -> None:
    source[0] = site_pages.of_the_site(name, source[0])
