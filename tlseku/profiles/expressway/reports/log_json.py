"""Events of the log as JSON objects ``tlseku/log-event/1``, as dictionaries and as lines of text.

Knows events and their schema; must not know streams or how a log is read. The text is that of ``to_json`` of the
dictionary, put together without it, and tests hold it to that.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import Final

from tlseku.flow import Endpoint
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.value_text import TRUTH, quoted, whole_characters
from tlseku.output.words.timestamps import rfc3339
from tlseku.profiles.expressway.logs.failure_words import Failure
from tlseku.profiles.expressway.logs.log_event import LogEvent

LOG_EVENT_SCHEMA = "tlseku/log-event/1"

_encoded: Final = encode_basestring_ascii


class EventJson:
    """Writes the objects of a file's events as text, without a line's end."""

    __slots__ = ("_begin",)

    def __init__(self, file: str) -> None:
        self._begin = f'{{"schema":"{LOG_EVENT_SCHEMA}","file":{_encoded(file)},"line":'

    def text(self, event: LogEvent) -> str:
        """The object of an event."""
        time, target, failure = event.time, event.ssh_target, event.failure
        # Names of keys have nothing to escape.
        fields = ",".join([f'["{name}",{_encoded(value)}]' for name, value in event.fields])
        text = (
            f'{self._begin}{event.line},"time":{quoted(None if time is None else rfc3339(time))}'
            f',"time_source":"{event.time_source}","host":{_text(event.host)},"process":{_text(event.process)}'
            f',"kind":"{event.kind}","role":{quoted(event.role)},"source":{_end(event.source)}'
            f',"destination":{_end(event.destination)},"node_is":{quoted(event.node_is)}'
            f',"ssh_target":{"null" if target is None else _target(target)},"detail":{_text(event.detail)}'
            f',"refusal":{quoted(event.refusal)}'
            f',"failure":{"null" if failure is None else to_json(failure_to_dict(failure) or {})}'
            f',"fields":[{fields}],"text":{_encoded(event.text)}'
            f',"continuation_lines":{event.continuation_lines},"cut":{TRUTH[event.cut]}}}'
        )
        # What ``to_json`` does beside encoding.
        return whole_characters(text.replace("\x7f", "\\u007f"))


def failure_to_dict(failure: Failure | None) -> dict[str, object] | None:
    """The alert, the cause and who refused; ``None`` where nothing is known."""
    if failure is None:
        return None
    return {"by": failure.by, "alert": failure.alert, "cause": failure.cause}


def _text(text: str | None) -> str:
    return "null" if text is None else _encoded(text)


def _end(end: Endpoint | None) -> str:
    # An address with a zone may say anything.
    return "null" if end is None else f'{{"ip":{_encoded(end.ip)},"port":{end.port}}}'


def _target(target: tuple[str, int]) -> str:
    host, port = target
    return f'{{"host":{_encoded(host)},"port":{port}}}'
