"""What people read of flows: tables, stories, explanations, inventories and findings, as lines of text or JSON.

Knows flows and what is said of them; must not know terminals, files or captures.
"""
