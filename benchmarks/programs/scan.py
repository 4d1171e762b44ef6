"""The library's loop: every flow of a capture, the verdict and the serial numbers of each chain that was presented."""

from __future__ import annotations

import sys

import tlseku

flows = certificates = 0
for flow in tlseku.scan(sys.argv[1]):
    flows += 1
    for presented in flow.presented:
        assert presented.verdict
        certificates += len([certificate.serial_hex for certificate in presented.chain])
sys.stdout.write(f"{flows} flows, {certificates} certificates\n")
