"""How Sphinx makes the site; `docs.make_site` calls it once for each language."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from korean_search import SearchKorean
from sphinx.search import languages

languages["ko"] = SearchKorean

project = "vault-sync"
html_title = project
language = os.environ.get("SITE_LANGUAGE", "en")
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["korean.js"] if language == "ko" else []
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_search_language = language
html_theme_options = {"navigation_with_keys": True}
highlight_language = "none"
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
linkcheck_timeout = 20
