"""SSH connections of tunnels: banner, host key and the first bytes of each side.

Knows how SSH begins (RFC 4253); must not know TLS.
"""
