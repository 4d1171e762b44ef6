"""Flows as tidy tables: one row a flow, a certificate, a request, a message or a finding, in columns that stay.

Knows flows; must not know captures. ``pyarrow`` (extra ``tlseku[arrow]``) is imported by ``arrow``, ``pandas`` and
``polars`` by a module of that name each, when a table is asked for and not before.
"""
