"""Flows, certificates, requests and comparisons as JSON, and the schemas that say what stands there.

Knows the contract; must not know files or streams.
"""
