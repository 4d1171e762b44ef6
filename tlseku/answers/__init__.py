"""The questions of the command line as functions, and their answers as objects.

A room between reports and users: it knows which report answers which question, and no layout, stream or option.
"""
