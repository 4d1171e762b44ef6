"""A report of captures as one HTML file that needs nothing else: no network, no other file.

``document.Report`` makes it of flows. What is said stands in ``findings``, ``rows``, ``document`` and ``detail``, each
as plain data; ``templates`` turns it into HTML and is the only module that knows jinja2;
``embedding`` packs what the page's script reads.
"""
