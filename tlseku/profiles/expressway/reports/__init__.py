"""What is said of bundles, predictions, stores, logs and serial numbers, as text and as JSON with its schemas.

Knows words; must not know archives.
"""
