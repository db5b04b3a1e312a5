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
html_static_path = ["static"]
html_css_files = ["site.css"]
pygments_style = "friendly"
pygments_dark_style = "native"


def setup(_app: object) -> None:
    """Write the pages that come from the program before Sphinx looks for sources."""
    site_pages.write(Path(__file__).parent)
