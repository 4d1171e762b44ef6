"""``tlseku.decryption.hello_order``: what may be processed next, of which side."""

from __future__ import annotations

from tests.tls.written import client_hello_body, server_hello_body
from tlseku.decryption.hello_order import HelloOrder
from tlseku.tls.hello import read_client_hello, read_server_hello

ASKS, ANSWERS = read_client_hello(client_hello_body()), read_server_hello(server_hello_body())


def order(*, client: int = 0) -> HelloOrder:
    found = HelloOrder()
    found.heard(client, ASKS)
    return found


def test_nothing_goes_on_before_a_hello_was_heard() -> None:
    found = HelloOrder()
    assert found.client == -1
    assert not any(found.may_follow(side, hello) for side in (0, 1) for hello in (None, ASKS, ANSWERS))


def test_the_first_hello_tells_the_client() -> None:
    assert order(client=1).client == 1
    found = HelloOrder()
    found.heard(1, ANSWERS)
    found.heard(1, ASKS)
    assert found.client == 0


def test_a_server_hello_waits_for_its_client_hello() -> None:
    found = order()
    assert not found.may_follow(1, ANSWERS)
    found.client_hello()
    assert found.may_follow(1, ANSWERS)
    found.server_hello(retry=False)
    assert not found.may_follow(1, ANSWERS)
    assert found.may_follow(1, None)


def test_what_the_client_says_after_its_hello_waits_for_the_answer() -> None:
    found = order()
    found.client_hello()
    assert not found.may_follow(0, None)
    found.server_hello(retry=False)
    assert found.may_follow(0, None)


def test_the_second_hello_follows_a_retry_at_once() -> None:
    found = order()
    found.client_hello()
    found.server_hello(retry=True)
    assert found.may_follow(0, ASKS)
    found.client_hello()
    found.server_hello(retry=False)
    assert not found.may_follow(0, ASKS)


def test_a_renegotiation_waits_for_the_servers_finished() -> None:
    found = order()
    found.client_hello()
    found.server_hello(retry=False)
    found.finished[0] += 1
    assert not found.may_follow(0, ASKS)
    found.finished[1] += 1
    assert found.may_follow(0, ASKS)
