"""``tlseku ingest``: many captures into a dataset that other programs and later runs read.

Knows the options of this command; reading and writing are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.cli.streams.tally import exit_code
from tlseku.errors import CaptureError
from tlseku.output.words.wording import counted


@click.command(
    "ingest",
    epilog="\b\nExamples:\n  tlseku ingest 'eth0*.pcap' big.pcap.gz -o dataset\n"
    "  tlseku ingest -j 2 --local 10.106.80.31 before.pcap after.pcap -o dataset\n"
    "  tlseku ingest capture.pcap -o dataset && tlseku sunset dataset\n"
    "  tlseku ingest capture.pcap -o dataset && tlseku flows dataset -Y 'tls.client.verdict == wrong'",
)
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "dataset",
    metavar="DATASET",
    required=True,
    help="The directory or URL of the dataset; it is made if it is not there.",
)
@click.option(
    "-j",
    "--jobs",
    "processes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Read in N processes. Default: one a processor.",
)
@click.option(
    "--dask",
    "scheduler",
    metavar="ADDRESS",
    help="Read on the Dask cluster of this scheduler, whose workers have tlseku.",
)
@shared.reading(files=False, judged_by="all")
@with_given
def command(
    given: Given,
    urls: tuple[str, ...],
    dataset: str,
    processes: int | None,
    scheduler: str | None,
) -> int:
    """Take captures into a dataset of Parquet files: tables flows, certificates, requests, statements and captures,
    parted by day and capture. DuckDB, polars, Spark and pandas read them, and every command of tlseku takes DATASET for
    a capture.

    URL is a path or a URL that fsspec knows (s3://bucket/*.pcap.gz, https://, and chains such as
    zip://*.pcap::s3://bucket/a.zip); patterns stand for what matches, and DATASET may be a URL, too. A
    capture that is in the dataset as it is now is not read again, so that a run that was interrupted goes on where it
    ended, and one that is repeated reads what is new or changed. What cannot be read is named, has a row in the table
    captures, and is tried again by the next run.

    Secrets of a storage come from its own environment variables or files, as for every program that uses fsspec.
    """
    from tlseku.parallel.datasets.ingest import ingest  # needs what few commands do
    from tlseku.parallel.on_cluster import cluster_at

    done = ingest(
        urls,
        dataset,
        options=given.scan_options(given.rule_books(None)),
        processes=processes,
        client=None if scheduler is None else cluster_at(scheduler),
        on_error=_tell,
    )
    for each in done.captures:
        warn(each.warnings)
    flows = sum(each.summary.flows for each in done.captures)
    read = counted(len(done.captures) - done.failed, "capture")
    told = [f"{read} read, {counted(flows, 'flow')}", f"{done.unchanged:,} unchanged"]
    complain(", ".join([*told, *([f"{done.failed:,} failed"] if done.failed else [])]))
    return exit_code(frozenset(), (), [], failed=done.failed > 0)


def _tell(error: CaptureError) -> None:
    complain(str(error))
