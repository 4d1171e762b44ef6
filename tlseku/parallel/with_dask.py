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
from tlseku.handshake.vantage import Vantage
from tlseku.parallel.one_capture import How, read_one
from tlseku.parallel.urls import expanded, opened

if TYPE_CHECKING:
    import dask.bag
    import dask.dataframe


def dask_bag(
    urls: Sequence[str] | str,
    *,
    local: Sequence[str] = (),
    storage: Mapping[str, object] | None = None,
) -> dask.bag.Bag:
    """The flows of captures as a ``dask.bag``, a partition a capture; flows count from 1 in each.

    Computing raises CaptureError for a capture that cannot be read. ``urls``, ``local`` and ``storage`` are as for
    ``scan_many``.
    """
    try:
        import dask
        import dask.bag
    except ImportError:
        raise MissingLibrary("dask", "dask") from None
    how = _how(local, storage)
    flows_of = dask.delayed(_flows)
    return dask.bag.from_delayed([flows_of(url, how) for url in _expanded(urls, storage)])


def dask_frame(
    urls: Sequence[str] | str,
    what: What = "flows",
    *,
    local: Sequence[str] = (),
    storage: Mapping[str, object] | None = None,
) -> dask.dataframe.DataFrame:
    """A table of captures as a ``dask.dataframe``, a partition a capture; ``file`` and ``flow`` name a flow.

    Computing raises CaptureError for a capture that cannot be read. ``urls``, ``local`` and ``storage`` are as for
    ``scan_many``, ``what`` is as for ``Flows.to_pandas``.
    """
    try:
        import dask.dataframe
    except ImportError:
        raise MissingLibrary("dask", "dask") from None
    empty = with_pandas.data_frame(arrow.table_of((), what))
    return dask.dataframe.from_map(
        _partition, _expanded(urls, storage), what=what, how=_how(local, storage), meta=empty
    )


def _how(local: Sequence[str], storage: Mapping[str, object] | None) -> How:
    Vantage(local)
    return How(local=tuple(local), storage=dict(storage or {}))


def _expanded(urls: Sequence[str] | str, storage: Mapping[str, object] | None) -> list[str]:
    return expanded([urls] if isinstance(urls, str) else list(urls), storage)


def _flows(url: str, how: How) -> list[Flow]:
    outcome = read_one(url, how)
    if outcome.failure is not None:
        raise CaptureError(*outcome.failure)
    return list(outcome.flows)


def _partition(url: str, what: What, how: How) -> object:
    with opened(url, how.storage) as source:
        return with_pandas.data_frame(arrow.table_of(how.scan(source), what))
