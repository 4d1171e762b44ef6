"""EAP and what carries it: RADIUS and EAPOL.

``packet`` reads EAP packets and the fragments of TLS in them, ``tls_message`` joins those, ``conversation`` has both
ends of one authentication; ``radius_packet`` and ``radius``, and ``eapol``, say which packets belong together.
"""
