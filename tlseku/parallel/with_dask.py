"""Many captures on a Dask cluster: one capture a task, flows as a bag or tables as a data frame.

Knows Dask, which is imported here and nowhere else, and tables; must not know clusters: whoever has made a
``dask.distributed.Client`` has chosen one. Nothing is read before the result is computed, and a worker needs tlseku and
the library of the storage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tlseku.data_frames import arrow, with_pandas
from tlseku.data_frames.columns import What
from tlseku.errors import CaptureError, MissingLibrary
from tlseku.flow import Flow
from tlseku.parallel.one_capture import each_by_itself, read_one
from tlseku.parallel.urls import Place, expanded, opened
from tlseku.scanning import Scan, ScanOptions, chosen

if TYPE_CHECKING:
    import dask.bag
    import dask.dataframe


def dask_bag(
    urls: Sequence[str] | str,
    *,
    options: ScanOptions | None = None,
    local: Sequence[str] = (),
    storage: Mapping[str, object] | None = None,
) -> dask.bag.Bag:
    """The flows of captures as a ``dask.bag``, a partition a capture; flows count from 1 in each.

    Computing raises CaptureError for a capture that cannot be read. ``urls``, ``options``, ``local`` and
    ``storage`` are as for ``scan_many``.
    """
    try:
        import dask
        import dask.bag
    except ImportError:
        raise MissingLibrary("dask", "dask") from None
    given = each_by_itself(chosen(options, ScanOptions(local=local)))
    flows_of = dask.delayed(_flows)
    return dask.bag.from_delayed([flows_of(place, given) for place in _places(urls, storage)])


def dask_frame(
    urls: Sequence[str] | str,
    what: What = "flows",
    *,
    options: ScanOptions | None = None,
    local: Sequence[str] = (),
    storage: Mapping[str, object] | None = None,
) -> dask.dataframe.DataFrame:
    """A table of captures as a ``dask.dataframe``, a partition a capture; ``file`` and ``flow`` name a flow.

    Computing raises CaptureError for a capture that cannot be read. ``urls``, ``options``, ``local`` and
    ``storage`` are as for ``scan_many``, ``what`` is as for ``Flows.to_pandas``.
    """
    try:
        import dask.dataframe
    except ImportError:
        raise MissingLibrary("dask", "dask") from None
    given = each_by_itself(chosen(options, ScanOptions(local=local)))
    empty = with_pandas.data_frame(arrow.table_of((), what))
    return dask.dataframe.from_map(_partition, _places(urls, storage), what=what, options=given, meta=empty)


def _places(urls: Sequence[str] | str, storage: Mapping[str, object] | None) -> list[Place]:
    return [Place(url, storage) for url in expanded([urls] if isinstance(urls, str) else list(urls), storage)]


def _flows(place: Place, options: ScanOptions) -> list[Flow]:
    outcome = read_one(place.url, options, place.storage)
    if outcome.failure is not None:
        raise CaptureError(*outcome.failure)
    return list(outcome.flows)


def _partition(place: Place, what: What, options: ScanOptions) -> object:
    with opened(place.url, place.storage) as source:
        return with_pandas.data_frame(arrow.table_of(Scan([source], options), what))
