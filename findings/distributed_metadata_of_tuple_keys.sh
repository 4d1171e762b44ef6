#!/usr/bin/env bash
# distributed 2026.8.0: metadata that is noted under a task's key is not found under that key, if it is a tuple.
#
# Seen with distributed 2026.8.0 on CPython 3.11 (Linux): `Client.set_metadata` takes a tuple for one key, as tasks of
# bags, arrays and data frames have them, `Client.get_metadata` for a path through nested dictionaries. What the one
# noted the other answers with the default, or with KeyError where there is none; nothing says why. Under a list of one
# key both mean the same. A program that notes how far a task has come reads nothing back, for collections only:
# `submit` names tasks by texts, for which the pair works.
#
# Needs python3 with venv. Fails if any of this changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check 'distributed==2026.8.0' 'dask==2026.8.0'
cat >"$place/ask.py" <<'PYTHON'
from distributed import Client

with Client(n_workers=1, processes=False, dashboard_address=None) as client:
    for key in ("inc-1", ("inc", 1)):
        client.set_metadata(key, "half done")
        print(f"{key!r}: {client.get_metadata(key, default='nothing')}")
        try:
            client.get_metadata(key)
        except KeyError as error:
            print(f"without a default: KeyError {error}")
        print(f"[{key!r}]: {client.get_metadata([key], default='nothing')}")
PYTHON
"$place/venv/bin/python" "$place/ask.py" | tee "$place/said.txt"
diff "$place/said.txt" - <<'SEEN'
'inc-1': half done
['inc-1']: half done
('inc', 1): nothing
without a default: KeyError 'inc'
[('inc', 1)]: half done
SEEN
