"""``tlseku chain``: the chains of one flow drawn as trees, with what each EKU leaves of the one below.

Knows the help of this command; options, reading, layout and drawing are done elsewhere.
"""

from tlseku.cli.one_flow import command_about_one_flow
from tlseku.output.pictures import chain_tree_lines, flow_chains_svg

command = command_about_one_flow(
    "chain",
    chain_tree_lines,
    text="""Draw the chains of one flow as trees, the topmost issuer first: what each certificate's EKU lists, which one
    narrows what the leaf is good for, which one takes the needed purpose away, and the effective EKU that remains.
    Certificates that issued nothing in the path stand beside it.

    FLOW is the number that tlseku flows shows for the same files and the same --merge. With --ca, the path goes on
    into certificates that were not presented, which are marked.
    """,
    epilog="\b\nExamples:\n  tlseku chain capture.pcap 1\n  tlseku chain -o chain.svg --ca root.pem capture.pcap 1",
    drawn=flow_chains_svg,
)
