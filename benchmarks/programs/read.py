"""The library's list: all flows of a capture at once."""

from __future__ import annotations

import sys

import tlseku

flows = tlseku.read(sys.argv[1])
sys.stdout.write(f"{len(flows)} flows\n")
