"""Where a serial number was presented, stored or logged, and which are nearly it.

Knows numbers and their spellings; must not know rules.
"""
