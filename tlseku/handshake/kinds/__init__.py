"""Flows concluded once per kind: what is said of the first flow of a kind holds for all others of it.

``said`` reads a recorded connection, ``conclusions`` finds its kind, ``conclusion`` makes a flow over what its kind
shares. ``shared_chains`` has the chains and requests that flows have in common.
"""
