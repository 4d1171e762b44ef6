"""Makes the file with the dashboard for Kibana: ``python -m tests.output.records.kibana``.

Kibana keeps what it draws as saved objects, whose insides are JSON in JSON: written by hand nobody could review them. The
form is that of an export of Kibana 8.11 (Stack Management, Saved Objects), which later versions take, too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).resolve().parents[3] / "tlseku" / "output" / "records" / "kibana-dashboard.ndjson"
VIEW = "tlseku-flows"
VERSION = "8.11.0"


def _terms(number: int, field: str, label: str, size: int = 10, schema: str = "bucket") -> dict[str, Any]:
    params = {
        "field": field,
        "orderBy": "1",
        "order": "desc",
        "size": size,
        "otherBucket": False,
        "missingBucket": False,
        "customLabel": label,
    }
    return {"id": str(number), "enabled": True, "type": "terms", "params": params, "schema": schema}


def _count(label: str = "Flows") -> dict[str, Any]:
    return {
        "id": "1",
        "enabled": True,
        "type": "count",
        "params": {"customLabel": label},
        "schema": "metric",
    }


def _table(*columns: tuple[str, str]) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    aggs = [_count(), *(_terms(at, field, label, 20) for at, (field, label) in enumerate(columns, 2))]
    return "table", aggs, {"perPage": 10, "showTotal": False, "showPartialRows": False, "percentageCol": ""}


def _pie(field: str, label: str) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    params = {
        "type": "pie",
        "addTooltip": True,
        "legendDisplay": "show",
        "legendPosition": "right",
        "isDonut": True,
    }
    return "pie", [_count(), _terms(2, field, label, schema="segment")], params


def _over_time(field: str, label: str) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    time = {
        "id": "2",
        "enabled": True,
        "type": "date_histogram",
        "params": {"field": "@timestamp", "interval": "auto", "min_doc_count": 1, "customLabel": "Begin"},
        "schema": "segment",
    }
    params = {
        "type": "histogram",
        "grid": {"categoryLines": False},
        "categoryAxes": [
            {
                "id": "CategoryAxis-1",
                "type": "category",
                "position": "bottom",
                "show": True,
                "labels": {"show": True},
            }
        ],
        "valueAxes": [
            {
                "id": "ValueAxis-1",
                "name": "LeftAxis-1",
                "type": "value",
                "position": "left",
                "show": True,
                "labels": {"show": True},
                "scale": {"type": "linear", "mode": "normal"},
                "title": {"text": "Flows"},
            }
        ],
        "seriesParams": [
            {
                "show": True,
                "type": "histogram",
                "mode": "stacked",
                "data": {"id": "1", "label": "Flows"},
                "valueAxis": "ValueAxis-1",
            }
        ],
        "addTooltip": True,
        "addLegend": True,
        "legendPosition": "right",
    }
    return "histogram", [_count(), time, _terms(3, field, label, schema="group")], params


PANELS: tuple[
    tuple[str, str, str, tuple[str, list[dict[str, Any]], dict[str, Any]], tuple[int, int]], ...
] = (
    ("outcomes", "How handshakes ended", "", _over_time("tlseku.outcome", "Outcome"), (32, 12)),
    (
        "client-verdicts",
        "Client certificates, by verdict",
        "",
        _pie("tlseku.client.verdict", "Verdict"),
        (16, 12),
    ),
    (
        "misfits",
        "Client certificates that do not fit",
        "tlseku.client.verdict : (wrong or empty or any or unrestricted)",
        _table(
            ("tls.client.subject", "Subject"),
            ("tls.client.x509.serial_number", "Serial"),
            ("tlseku.client.verdict", "Verdict"),
            ("client.ip", "Client"),
        ),
        (48, 14),
    ),
    (
        "refusals",
        "Who refuses whom",
        "event.outcome : failure",
        _table(
            ("server.ip", "Server"),
            ("client.ip", "Client"),
            ("tlseku.refused_by", "Refused by"),
            ("tlseku.statements", "What is said of it"),
        ),
        (48, 14),
    ),
    ("issuers", "Issuers of client certificates", "", _table(("tls.client.issuer", "Issuer")), (24, 12)),
    ("states", "State of the client's certificate", "", _pie("tlseku.client_certificate", "State"), (12, 12)),
    ("hidden", "What could not be seen", "", _pie("tlseku.hidden", "Hidden"), (12, 12)),
)
"""Id, title, filter (KQL), what is drawn, and its width (of 48) and height, in the order in which they stand."""


def _source(query: str, reference: str | None = None) -> dict[str, str]:
    said: dict[str, Any] = {"query": {"query": query, "language": "kuery"}, "filter": []}
    if reference is not None:
        said["indexRefName"] = reference
    return {"searchSourceJSON": json.dumps(said)}


def _object(
    kind: str, name: str, migration: str, attributes: dict[str, Any], *references: dict[str, str]
) -> str:
    said = {
        "attributes": attributes,
        "coreMigrationVersion": "8.8.0",
        "id": name,
        "managed": False,
        "references": list(references),
        "type": kind,
        "typeMigrationVersion": migration,
    }
    return json.dumps(said, sort_keys=True) + "\n"


def _visualization(
    name: str, title: str, query: str, drawn: tuple[str, list[dict[str, Any]], dict[str, Any]]
) -> str:
    kind, aggs, params = drawn
    index = "kibanaSavedObjectMeta.searchSourceJSON.index"
    attributes = {
        "title": f"tlseku: {title}",
        "description": "",
        "version": 1,
        "uiStateJSON": "{}",
        "kibanaSavedObjectMeta": _source(query, index),
        "visState": json.dumps({"title": title, "type": kind, "aggs": aggs, "params": params}),
    }
    reference = {"id": VIEW, "name": index, "type": "index-pattern"}
    return _object("visualization", f"tlseku-{name}", "8.5.0", attributes, reference)


def lines() -> str:
    """The whole file: the data view, what is drawn, the dashboard."""
    view = {"title": "tlseku-*", "name": "tlseku", "timeFieldName": "@timestamp"}
    objects = [_object("index-pattern", VIEW, "8.0.0", view)]
    panels, references = [], []
    x = y = row = 0
    for number, (name, title, query, drawn, (width, height)) in enumerate(PANELS, 1):
        objects.append(_visualization(name, title, query, drawn))
        if x + width > 48:
            x, y, row = 0, y + row, 0
        panels.append(
            {
                "version": VERSION,
                "type": "visualization",
                "gridData": {"x": x, "y": y, "w": width, "h": height, "i": str(number)},
                "panelIndex": str(number),
                "embeddableConfig": {"enhancements": {}},
                "title": title,
                "panelRefName": f"panel_{number}",
            }
        )
        references.append(
            {"id": f"tlseku-{name}", "name": f"{number}:panel_{number}", "type": "visualization"}
        )
        x, row = x + width, max(row, height)
    dashboard = {
        "title": "tlseku: who presents which certificate",
        "description": "Made of tlseku flows -T ecs",
        "version": 1,
        "timeRestore": False,
        "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
        "kibanaSavedObjectMeta": _source(""),
        "panelsJSON": json.dumps(panels),
    }
    objects.append(_object("dashboard", "tlseku", "8.9.0", dashboard, *references))
    return "".join(objects)


if __name__ == "__main__":
    PATH.write_text(lines(), encoding="utf-8")
