"""Captures as a dataset of Parquet files that other programs read too, written once and read again and again.

Knows tables, records of flows and who reads many captures; must not know formats of captures or of output.
"""

from __future__ import annotations
