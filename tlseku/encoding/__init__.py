"""Flows as plain values and back: what is pickled, handed from process to process, and kept in datasets.

Knows the nouns and how a flow shares most of what it says with others; must not know processes, files or tables.
"""
