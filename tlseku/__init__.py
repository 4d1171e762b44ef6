"""tlseku: who presented which TLS certificate, in which role, and does its Extended Key Usage fit?"""

from __future__ import annotations

__version__ = "0.1.0"
