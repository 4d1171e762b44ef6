"""What is wrong with one Expressway or a pair, from all that a bundle and its captures show.

Joins rules with evidence; must not know archives.
"""
