"""What granian serves: two bytes, to whom it lets in."""

from __future__ import annotations


async def app(scope: dict, receive: object, send: object) -> None:
    """An ASGI application that answers every request."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"ok"})  # type: ignore[operator]
