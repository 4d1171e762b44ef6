"""One node as its bundle shows it: stores, settings, release, captures.

Joins members of an archive to a node; must not judge.
"""
