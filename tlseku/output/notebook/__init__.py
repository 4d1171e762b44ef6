"""What a notebook shows for flows, a flow and a certificate: small pieces of HTML without script.

Knows the nouns and the words of ``report``; must not know Jupyter. ``shown.html_of`` is what ``tlseku`` puts into
``display``.
"""
