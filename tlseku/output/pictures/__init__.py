"""Pictures of one flow: the ladder of its handshake and the trees of its chains, as SVG and as terminal text.

A layout step says what stands where (``ladder``, ``chain_tree``) and is drawn twice: ``*_text`` draws lines for a
terminal, ``*_svg`` a picture. Nothing here reads captures or judges.
"""

from tlseku.output.pictures.chain_svg import flow_chains_svg
from tlseku.output.pictures.chain_text import chain_tree_lines
from tlseku.output.pictures.ladder_svg import flow_ladder_svg
from tlseku.output.pictures.ladder_text import ladder_lines

__all__ = ["chain_tree_lines", "flow_chains_svg", "flow_ladder_svg", "ladder_lines"]
