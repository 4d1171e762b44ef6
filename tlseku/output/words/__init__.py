"""How single things are said: times, names, verdicts, counts, advice, and text that cannot be trusted.

Knows words and escapes; must not know which report or format asks.
"""
