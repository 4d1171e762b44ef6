"""What a flow shows, put together: what was presented, what the rule-books predict, what the peer did.

Knows flows and policy; must not know how either was found, nor how a statement is shown. Out come ``Statement``s: plain
sentences, each with the frames that it rests on. Prediction and observation stay apart, an inference from what is
encrypted is marked as a hint, and the EKU is never named as the cause where another fits as well.
"""

from tlseku.correlation.client_certificate import ClientCertificateState, client_certificate_state
from tlseku.correlation.evidence import telling_alert
from tlseku.correlation.server_certificate import ServerCertificateState, server_certificate_state
from tlseku.correlation.statement import ABOUT, Statement
from tlseku.correlation.statements import correlate

__all__ = [
    "ABOUT",
    "ClientCertificateState",
    "ServerCertificateState",
    "Statement",
    "client_certificate_state",
    "correlate",
    "server_certificate_state",
    "telling_alert",
]
