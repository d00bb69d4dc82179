"""The guard against requests into our own network."""

from ipaddress import ip_address, ip_network

import pytest

from connectors.addresses import AddressPolicy, origin
from connectors.errors import AddressRefused

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.5",
    "172.16.3.4",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.2.7",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
]
NEVER = ["169.254.169.254", "168.63.129.16", "fd00:ec2::254", "fe80::1", "224.0.0.1", "0.0.0.0", "240.0.0.1", "::"]


def answering(*addresses: str, **options: bool) -> AddressPolicy:
    return AddressPolicy(resolver=lambda host, port: list(addresses), **options)


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not AddressPolicy().allows(ip_address(address))
    with pytest.raises(AddressRefused):
        answering(address).vetted("partner.example.org", 443)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert answering(address).vetted("partner.example.org", 443) == [address]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.5", "192.168.1.1", "fc00::1", "::ffff:127.0.0.1"])
def test_development_opens_loopback_and_private_networks(address: str) -> None:
    assert AddressPolicy(development=True).allows(ip_address(address))


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_stay_closed_even_in_development(address: str) -> None:
    assert not AddressPolicy(development=True).allows(ip_address(address))


def test_a_named_network_is_opened_and_its_neighbours_are_not() -> None:
    policy = AddressPolicy(networks=(ip_network("192.168.7.0/24"),))
    assert policy.allows(ip_address("192.168.7.20"))
    assert policy.allows(ip_address("::ffff:192.168.7.20"))
    assert not policy.allows(ip_address("192.168.8.20"))
    assert not AddressPolicy(networks=(ip_network("169.254.0.0/16"),)).allows(ip_address("169.254.169.254"))


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "017700000001", "127.1"])
def test_other_spellings_of_an_address_are_resolved_and_refused(spelling: str) -> None:
    with pytest.raises(AddressRefused):
        AddressPolicy().vetted(spelling, 443)


def test_only_the_allowed_addresses_of_a_name_remain() -> None:
    assert answering("10.0.0.1", "93.184.215.14").vetted("mixed.example.org", 443) == ["93.184.215.14"]


def test_localhost_names_are_loopback_in_development_and_ask_no_resolver() -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError("the resolver was asked")

    policy = AddressPolicy(development=True, resolver=never)
    assert policy.vetted("moodle.localhost", 8000) == ["127.0.0.1"]
    assert policy.vetted("LOCALHOST.", 8000) == ["127.0.0.1"]
    with pytest.raises(AddressRefused):
        AddressPolicy(resolver=never).vetted("moodle.localhost", 8000)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://partner.example.org/",
        "file:///etc/passwd",
        "//partner.example.org/",
        "https:///path",
        "https://user:geheim@partner.example.org/",
        "https://user@partner.example.org/",
        "http://partner.example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://partner.example.org:0/",
        "https://partner.example.org:99999/",
        "https://moodle.localhost/",
        "https://[half",
    ],
)
def test_urls_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        AddressPolicy().check_url(url)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://partner.example.org/a?b=c", "https://93.184.215.14:8443/"])
def test_urls_accepted(url: str) -> None:
    AddressPolicy().check_url(url)


def test_plain_http_is_a_choice() -> None:
    AddressPolicy(plain_http=True).check_url("http://partner.example.org/")
    AddressPolicy(development=True).check_url("http://127.0.0.1:8000/")
    with pytest.raises(AddressRefused):
        AddressPolicy(plain_http=True).check_url("http://127.0.0.1:8000/")


def test_origin_makes_the_default_port_explicit() -> None:
    assert origin("https://a.example/x") == ("https", "a.example", 443) == origin("https://a.example:443/y")
    assert origin("http://a.example/") != origin("https://a.example/")
