"""Kerberos with PKINIT: the certificates with which a client and a KDC prove who they are, beside any TLS.

``message`` reads AS-REQ, AS-REP and KRB-ERROR, ``exchange`` has the two of them that belong together; ``udp`` and
``tcp`` bring them.
"""
