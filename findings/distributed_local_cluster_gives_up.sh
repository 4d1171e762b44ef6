#!/usr/bin/env bash
# distributed 2026.8.0: a local cluster gives a worker up for good that was back in time, if it is away once more.
#
# Seen with distributed 2026.8.0 on CPython 3.11 (Linux): `distributed.deploy.lost-worker-timeout` (15 s by default)
# after a worker was lost, LocalCluster looks whether a worker of that name is there, and if not closes its nanny. It
# does not ask since when it is away: a worker that came back and is away again at that moment, for a second, is closed
# amid its restart as well. No other takes its place, with all workers gone so the computation waits without an end, and
# the nanny's only word is "nanny-close". That is what a task meets that takes several workers with it within 15 s.
#
# Here the timeout is 40 s, a worker needs 8 s to start, and is ended at once, and in a second run 35 s later as well.
# After one loss there is a worker at 60 s, after two there is none, though each time it was to be away for seconds.
#
# Needs python3 with venv, and three minutes. Fails if any of this changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check 'distributed==2026.8.0' 'dask==2026.8.0'
echo 'import time; time.sleep(8)' >"$place/slow.py"
cat >"$place/ask.py" <<'PYTHON'
import os
import signal
import sys
import time

import dask
from distributed import Client, LocalCluster


def end(client: Client, before: set[int]) -> float:
    """End the worker's process, once there is a new one."""
    client.wait_for_workers(1)
    while not (found := set(client.run(os.getpid).values()) - before):
        time.sleep(0.1)
    (process,) = found
    before.add(process)
    os.kill(process, signal.SIGKILL)
    return time.monotonic()


if __name__ == "__main__":
    for times in (1, 2):
        with (
            dask.config.set(
                {"distributed.deploy.lost-worker-timeout": "40s", "distributed.worker.preload": [sys.argv[1]]}
            ),
            LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
            Client(cluster) as client,
        ):
            ended: set[int] = set()
            first = end(client, ended)
            if times == 2:
                time.sleep(first + 35 - time.monotonic())
                end(client, ended)
            time.sleep(max(0.0, first + 60 - time.monotonic()))
            workers = len(client.scheduler_info()["workers"])
            print(f"lost {times} times: {workers} workers, cluster has {len(cluster.workers)}")
PYTHON
"$place/venv/bin/python" "$place/ask.py" "$place/slow.py" 2>"$place/log.txt" | tee "$place/said.txt"
diff "$place/said.txt" - <<'SEEN'
lost 1 times: 1 workers, cluster has 1
lost 2 times: 0 workers, cluster has 0
SEEN
