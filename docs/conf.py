"""How Sphinx builds this directory, offline: ``make docs-site``, or ``sphinx-build -W -n docs build/site``.

The notebooks are copied in from ``notebooks/``; with ``-t execute`` they are run first and shown with their outputs.
"""

from __future__ import annotations

import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
NOTEBOOKS = Path(__file__).resolve().parent / "notebooks"


def _source_first(path: str) -> FileFinder:
    """Finds tlseku's Python where a compiled module stands beside it: only the Python tells its signatures."""
    if not Path(path).is_relative_to(PROJECT / "tlseku"):
        raise ImportError(path)
    return FileFinder(path, (SourceFileLoader, [".py"]), (ExtensionFileLoader, EXTENSION_SUFFIXES))


sys.path_hooks.insert(0, _source_first)
sys.path.insert(0, str(PROJECT))

import tlseku  # noqa: E402, after the hook

project = "tlseku"
author = "the tlseku authors"
project_copyright = "the tlseku authors"
version = release = tlseku.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"tlseku {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
nb_execution_mode = "off"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80

nitpick_ignore_regex = [
    # The standard library is not fetched, nor are the libraries that a signature may name.
    (r"py:.*", r"(collections\.abc|datetime|types|typing|os|enum|ipaddress|io|pathlib)\..*"),
    (r"py:.*", r"(pandas|polars|pyarrow|arrow|dask|dd|db|pd|pl|pa)\..*"),
    (
        r"py:.*",
        r"(str|int|bytes|bool|float|object|None|tuple|list|dict|set|frozenset|type|property|memoryview)",
    ),
    (r"py:.*", r"(Exception|ValueError|ImportError|OSError)"),
    # Aliases of what parameters take, which the text beside them describes, and types for tlseku's own use.
    (
        r"py:class",
        r"(Source|OnError|SecretSource|Progress|ReadBefore|RuleBookSet|What|Rereadable|Writable|Written|PeerSoftware|NodeRole)",
    ),
    (
        r"py:class",
        r"tlseku\.(capture|data_frames|decryption|handshake|output|parallel|profiles)\..*",
    ),
    (
        r"py:class",
        r"tlseku\.x509\.serial\.Serial",
    ),
    (
        r"py:class",
        r"tlseku\.policy\.(offer|peer_software|rule_books|timeline)\..*",
    ),
    (r"py:class", r"tuple\[str"),
]


def _public_name(app: Any, env: Any, node: Any, content: Any) -> Any:
    """What is written ``tlseku.flow.Flow``, or just ``Flow``, leads to where ``tlseku.Flow`` is described."""
    target = node.get("reftarget", "").rsplit(".", 1)[-1]
    if node.get("refdomain") != "py" or target not in tlseku.__all__:
        return None
    domain = env.get_domain("py")
    document = node.get("refdoc", env.docname)
    return domain.resolve_xref(env, document, app.builder, "obj", f"tlseku.{target}", node, content)


def _plain(app: Any, what: str, name: str, noun: object, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text: a name that ends with an underscore is not a link."""
    lines[:] = [re.sub(r"(?<![`\w])(\w+_)(?=\s|$)", r"``\1``", line) for line in lines]


def _bring_notebooks(execute: bool) -> None:
    import nbformat

    NOTEBOOKS.mkdir(exist_ok=True)
    for path in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if execute:
            from nbclient import NotebookClient

            place = {"metadata": {"path": str(path.parent)}}
            NotebookClient(notebook, timeout=300, kernel_name="python3", resources=place).execute()
        # Another build may be reading it.
        part = NOTEBOOKS / f"{path.name}.{os.getpid()}.part"
        nbformat.write(notebook, part)
        part.replace(NOTEBOOKS / path.name)


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", _public_name)
    app.connect("autodoc-process-docstring", _plain)
    app.connect("builder-inited", lambda app: _bring_notebooks(app.tags.has("execute")), priority=100)
