"""Numbers and names that others have registered: code points, cipher suites, ports, address ranges.

Knows the registries; imports nothing of tlseku but ``errors``. Numbers stay numbers until they are printed.
"""
