"""A ladder drawn as SVG.

Knows ladders and shapes; must not know how text is escaped (``svg`` does) nor anything of TLS. Out comes one picture.
"""

from __future__ import annotations

from tlseku.flow import Flow
from tlseku.output.pictures.ladder import Ladder, Rung, ladder
from tlseku.output.pictures.ladder_text import since, wrapped
from tlseku.output.pictures.svg import CELL, Canvas
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import UNICODE_SIGNS, Page, Style

WIDTH = 940
_CLIENT = 172
_SERVER = WIDTH - 22
_ROOM = _SERVER - _CLIENT
_LINE = 16
_TOP = 74
_PAGE = Page()


def flow_ladder_svg(flow: Flow, *, standalone: bool = True) -> str:
    """The handshake of one flow as an SVG document, ``role="img"`` with title and description.

    ``standalone=False`` leaves out its style, for a page that has ``svg.picture_rules`` and the colours.
    """
    laid = ladder(flow)
    canvas = Canvas(WIDTH)
    canvas.text(12, 22, laid.title, "strong", room=WIDTH - 24)
    canvas.text(12, 58, "frame", "dim")
    canvas.text(_CLIENT - 14, 58, "time", "dim", anchor="end")
    half = _ROOM / 2 - 10
    canvas.text(_CLIENT - 6, 44, "client", "dim")
    canvas.text(_CLIENT - 6, 60, laid.client.address, "strong", room=half)
    canvas.text(_SERVER + 6, 44, "server", "dim", anchor="end")
    canvas.text(_SERVER + 6, 60, laid.server.address, "strong", anchor="end", room=half)
    under = len(canvas)
    y: float = _TOP
    for rung in laid.rungs:
        y = _hidden(canvas, rung, y) if rung.kind == "hidden" else _messages(canvas, rung, y)
    if laid.rungs_left_out:
        y += _LINE
        canvas.text(_CLIENT + 14, y, f"… and {wording.counted(laid.rungs_left_out, 'more rung')}", "dim")
        y += 8
    y += 6
    lives = Canvas(WIDTH)
    lives.line(_CLIENT, _TOP - 6, _CLIENT, y, "edge")
    lives.line(_SERVER, _TOP - 6, _SERVER, y, "edge")
    canvas.insert(under, lives)
    y += 20
    canvas.text(_CLIENT - 6, y, laid.outcome, laid.outcome_style, room=_ROOM + 6)
    return canvas.picture(y + 14, f"Handshake ladder. {laid.title}", _described(laid), standalone=standalone)


def _messages(canvas: Canvas, rung: Rung, y: float) -> float:
    y += 24
    style: Style = rung.style if rung.style else "dim" if rung.encrypted else "strong"
    colour = "wrong" if rung.style == "wrong" else "dim"
    if rung.frame is not None:
        canvas.text(12, y + 9, f"{rung.frame}", "link")
    if rung.since is not None:
        canvas.text(_CLIENT - 14, y + 9, since(rung.since), "dim", anchor="end")
    room = _ROOM - 28
    for line, label in enumerate(wrapped(rung.label, int(room / CELL), _PAGE)):
        y += _LINE if line else 0
        if rung.role == "server":
            canvas.text(_SERVER - 14, y, label, style, anchor="end")
        else:
            canvas.text(_CLIENT + 14, y, label, style)
    y += 8
    canvas.line(_CLIENT + 2, y, _SERVER - 2, y, colour, dashed=rung.encrypted)
    if rung.role == "client":
        canvas.head(_SERVER - 1, y, 1, colour)
    elif rung.role == "server":
        canvas.head(_CLIENT + 1, y, -1, colour)
    if rung.file is not None:
        y += _LINE
        canvas.text(_CLIENT + 24, y, f"in {rung.file}", "dim", room=room - 10)
    for note in rung.notes:
        y += _LINE
        sign = f"{getattr(UNICODE_SIGNS, note.sign)} " if note.sign else ""
        canvas.text(_CLIENT + 24, y, f"{sign}{note.text}", note.style, room=room - 10)
    return y


def _hidden(canvas: Canvas, rung: Rung, y: float) -> float:
    y += 12
    lines = wrapped(rung.label, int(_ROOM / CELL) - 10, _PAGE)
    canvas.box(_CLIENT - 8, y, _ROOM + 16, 8 + _LINE * len(lines), "raised", "hidden")
    fill = UNICODE_SIGNS.hidden * 3
    for label in lines:
        y += _LINE
        canvas.text(_CLIENT + _ROOM / 2, y, f"{fill} {label} {fill}", "hidden", anchor="middle")
    return y + 8


def _described(laid: Ladder) -> str:
    said = [f"Client {laid.client.address}, server {laid.server.address}."]
    for rung in laid.rungs:
        if rung.kind == "hidden":
            said.append(f"{rung.label}.")
            continue
        notes = "; ".join(note.text.strip() for note in rung.notes if note.style != "dim")
        said.append(f"Frame {rung.frame}, {rung.role}: {rung.label}{f' ({notes})' if notes else ''}.")
    return " ".join([*said, f"{laid.outcome}."])
