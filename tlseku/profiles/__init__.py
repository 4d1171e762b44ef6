"""Product profiles: what to look for in captures of one kind of product, as data plus one function each.

Knows profiles by name and nothing of any product outside the modules and tables of this package. The core does not know
that profiles exist: adding one adds two files here, ``data/<name>.toml`` and ``<name with _ for ->.py``.
"""
