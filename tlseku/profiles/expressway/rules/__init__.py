"""The rules of certificate stores, checking mode and services by release, and what they predict.

Knows the table of rules; must not know captures or archives.
"""
