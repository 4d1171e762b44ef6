"""The object of an event as a dictionary, said plainly: what the product writes as text is held against it."""

from __future__ import annotations

from tlseku.output.json.flow_json import endpoint_to_dict
from tlseku.output.words.timestamps import rfc3339
from tlseku.profiles.expressway.logs.log_event import LogEvent
from tlseku.profiles.expressway.reports.log_json import LOG_EVENT_SCHEMA, failure_to_dict


def event_to_dict(event: LogEvent, file: str) -> dict[str, object]:
    """The object ``tlseku/log-event/1``, valid against its JSON Schema."""
    return {
        "schema": LOG_EVENT_SCHEMA,
        "file": file,
        "line": event.line,
        "time": None if event.time is None else rfc3339(event.time),
        "time_source": event.time_source,
        "host": event.host,
        "process": event.process,
        "kind": event.kind,
        "role": event.role,
        "source": None if event.source is None else endpoint_to_dict(event.source),
        "destination": None if event.destination is None else endpoint_to_dict(event.destination),
        "node_is": event.node_is,
        "ssh_target": None
        if event.ssh_target is None
        else {"host": event.ssh_target[0], "port": event.ssh_target[1]},
        "detail": event.detail,
        "refusal": event.refusal,
        "failure": failure_to_dict(event.failure),
        "fields": [list(pair) for pair in event.fields],
        "text": event.text,
        "continuation_lines": event.continuation_lines,
        "cut": event.cut,
    }
