"""Configuration and status dumps, text and XML, as settings by path.

Knows both forms; must not know what a setting means.
"""
