"""Event and diagnostic logs as events, and which flow an event belongs to.

Knows lines of logs; must not know archives or rules.
"""
