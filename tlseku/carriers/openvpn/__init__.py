"""OpenVPN's control channel, over UDP and TCP.

``carriers.openvpn_packet`` reads packets, ``reliable`` puts what one side sends in order, ``conversation`` has both
sides and their keys; ``udp`` and ``tcp`` bring the packets. OpenVPN has no RFC: the formats are those of
``src/openvpn/ssl_pkt.h`` and of the page "OpenVPN protocol" of its documentation.
"""
