"""Many captures at once, wherever they lie: URLs read by processes of this machine, or by a Dask cluster.

Knows ``scan`` and tables; must not know formats or flows' insides. ``fsspec`` (extra ``tlseku[fsspec]``) is imported by
``urls``, Dask (extra ``tlseku[dask]``) by ``with_dask``, when they are asked for.
"""

from __future__ import annotations
