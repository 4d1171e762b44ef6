"""The product profile of Cisco Expressway: its stores, services, settings, log and diagnostic bundle.

Knows the statements of ``data/rules.toml`` by id and the forms in which the product writes its files; must not know
command lines. Everything that is said of a certificate or a service names the rule that it follows from.
"""
