"""Diagnostic log bundles of a Cisco Expressway: what is wrong with a node, a pair or a cluster.

>>> from tlseku import expressway
>>> found = expressway.examine("core.tar.gz", "edge.tar.gz")
>>> print(found.pairs[0].prediction.uc_zone.outcome, found.nodes[0].diagnoses[0].text)

``examine`` and ``match`` are the questions of ``tlseku bundle`` and ``tlseku match``, and return the objects that these
print. The other names are what these objects are made of. Captures alone are ``tlseku.diagnose(flows,
"cisco-expressway")``.
"""

from __future__ import annotations

from tlseku.profiles.expressway.answers.bundles import BundleExamination, examine
from tlseku.profiles.expressway.answers.serials import SerialMatches, match
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.findings.diagnosis import Diagnosis
from tlseku.profiles.expressway.findings.evidence import Evidence
from tlseku.profiles.expressway.findings.examination import Examined
from tlseku.profiles.expressway.findings.observation import Observed
from tlseku.profiles.expressway.findings.pair import Pair
from tlseku.profiles.expressway.findings.roles import RoleError
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.node.snapshot import Snapshot
from tlseku.profiles.expressway.rules.predict import Prediction
from tlseku.profiles.expressway.serials.serial_match import Sighting
from tlseku.profiles.expressway.ssh.banner_and_host_key import CLIENT_CERTIFICATE_NOTE
from tlseku.profiles.expressway.ssh.ssh_connections import SshConnection

__all__ = [
    "CLIENT_CERTIFICATE_NOTE",
    "BundleError",
    "BundleExamination",
    "Diagnosis",
    "Evidence",
    "Examined",
    "NodeRecord",
    "Observed",
    "Pair",
    "Prediction",
    "RoleError",
    "SerialMatches",
    "Sighting",
    "Snapshot",
    "SshConnection",
    "examine",
    "match",
]


def __dir__() -> list[str]:
    """The public names, and only those."""
    return __all__
