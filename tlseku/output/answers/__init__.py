"""The questions of the command line as functions, and their answers as objects: dictionary, table, page and card.

Knows which report answers which question; must not know layout, streams or options.
"""
