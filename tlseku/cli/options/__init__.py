"""Arguments and options that several commands share.

Knows click and what the words of a command line become; must not open captures or print.
"""
