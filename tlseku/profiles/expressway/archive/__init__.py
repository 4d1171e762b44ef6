"""Diagnostic log bundles as members: tar, zip, directories, and lines out of them.

Knows archives and their dangers; must not know what a member says.
"""
