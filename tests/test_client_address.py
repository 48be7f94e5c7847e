"""The client is the right-most address that is no trusted proxy of ours, however it is written."""

import tracemalloc
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ostiary.platform.client_address import find_client
from tests.toy_api import toy_api

PROXIES = "10.0.0.0/8,fd00::/8"


def client_seen(*, peer: str, forwarded: str | None = None, trusted: str = PROXIES) -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    api = toy_api(TRUSTED_PROXIES=trusted)
    return api.simulate_get("/client", headers=headers, remote_addr=peer).text


class TestWithoutTrustedProxies:
    def test_the_peer_is_the_client(self) -> None:
        assert client_seen(peer="203.0.113.9", trusted="") == "203.0.113.9"

    def test_nobody_is_believed(self) -> None:
        seen = client_seen(peer="203.0.113.9", forwarded="198.51.100.1", trusted="")
        assert seen == "203.0.113.9"


class TestBehindAProxy:
    @pytest.mark.parametrize(
        ("forwarded", "client"),
        [
            ("198.51.100.1", "198.51.100.1"),
            ("1.2.3.4, 198.51.100.1", "198.51.100.1"),
            ("198.51.100.1, 10.0.0.7", "198.51.100.1"),
            ("198.51.100.1,10.0.0.7 , 10.9.9.9", "198.51.100.1"),
            ("10.0.0.3, 10.0.0.7", "10.0.0.3"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("198.51.100.1, ::ffff:10.0.0.7", "198.51.100.1"),
            ("198.51.100.1, fd00::7", "198.51.100.1"),
        ],
    )
    def test_the_first_stranger_from_the_right_is_the_client(
        self, forwarded: str, client: str
    ) -> None:
        assert client_seen(peer="10.0.0.1", forwarded=forwarded) == client

    @pytest.mark.parametrize("garbage", ["", "unknown", "_hidden", "1.2.3", "[]", ", ,", "\xe9"])
    def test_an_unreadable_entry_is_counted_as_the_proxy_that_sent_it(self, garbage: str) -> None:
        assert client_seen(peer="10.0.0.1", forwarded=f"1.2.3.4, {garbage}") == "10.0.0.1"

    def test_a_stranger_cannot_forge_one(self) -> None:
        assert client_seen(peer="203.0.113.9", forwarded="10.0.0.1") == "203.0.113.9"

    def test_a_mapped_peer_is_recognised(self) -> None:
        assert client_seen(peer="::ffff:10.0.0.1", forwarded="198.51.100.1") == "198.51.100.1"


def test_what_strangers_make_up_is_not_remembered() -> None:
    api = toy_api(TRUSTED_PROXIES=PROXIES)
    tracemalloc.start()
    try:
        for number in range(1000, 1100):
            api.simulate_get("/client", headers={"X-Forwarded-For": f"{number}," * 1600})
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()


@given(
    st.text(max_size=40), st.lists(st.ip_addresses().map(str) | st.text(max_size=20)).map(",".join)
)
@example("", "")
def test_whatever_is_sent_the_client_has_an_address(peer: str, forwarded: str) -> None:
    seen = find_client(peer, forwarded, trusted=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    assert seen == str(ip_address(seen))
