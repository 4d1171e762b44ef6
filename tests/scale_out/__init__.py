"""Tests of captures read from URLs, in processes and on Dask."""
