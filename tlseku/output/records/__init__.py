"""Flows in the formats of other tools, a module each.

Each module knows one format and flows; none knows files or streams. Out come lines of text (Arrow: record batches),
made as the flows come wherever the format lets them.
"""
