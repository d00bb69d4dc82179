"""The HTTP client against recorded answers (``responses``): statuses, retries, limits, redirects, secrets."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import requests
import responses
from responses import matchers

from connectors.errors import (
    AddressRefused,
    ConfigurationFault,
    ConnectorError,
    NotJson,
    RateLimited,
    RedirectRefused,
    RemoteDown,
    RemoteRefused,
    RemoteRejected,
    RemoteSlow,
    TooLarge,
)
from connectors.http import HttpClient, HttpOptions

URL = "https://partner.example.org/api/things"
TOKEN = "f00dcafe-token"


@pytest.fixture
def remote() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(pauses: list[float]) -> HttpClient:
    return HttpClient(HttpOptions(retries=2, backoff=0.5), secrets=[TOKEN], sleep=pauses.append, jitter=lambda: 0.0)


def test_json_is_read(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.get(URL, json={"nom": "Chloé"})
    assert client.get_json(URL) == {"nom": "Chloé"}
    assert remote.calls[0].request.headers["User-Agent"] == "tiers-lieu-hub (+connectors)"
    assert remote.calls[0].request.headers["Accept"] == "application/json"


def test_bytes_are_read(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.get(URL, body=b"\x00\xff")
    assert client.get_bytes(URL) == b"\x00\xff"


def test_form_and_json_bodies(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.post(URL, json=1)
    assert client.post_form(URL, {"mot": "été & co"}).json() == 1
    assert remote.calls[0].request.body == b"mot=%C3%A9t%C3%A9+%26+co"
    assert remote.calls[0].request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    remote.remove(responses.POST, URL)
    remote.post(URL, status=201, match=[matchers.json_params_matcher({"mot": "été"})])
    answer = client.post_json(URL, {"mot": "été"}, headers={"Content-Type": "application/vnd.example+json"})
    assert answer.status == 201
    assert remote.calls[1].request.headers["Content-Type"] == "application/vnd.example+json"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RemoteRejected),
        (401, RemoteRefused),
        (403, RemoteRefused),
        (404, RemoteRejected),
        (408, RemoteSlow),
        (409, RemoteRejected),
        (425, RemoteDown),
        (429, RateLimited),
        (500, RemoteDown),
        (502, RemoteDown),
        (503, RemoteDown),
        (504, RemoteSlow),
    ],
)
def test_statuses(client: HttpClient, remote: responses.RequestsMock, status: int, kind: type[ConnectorError]) -> None:
    remote.post(URL, status=status, body="why not")
    with pytest.raises(kind) as caught:
        client.post_json(URL, {})
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.excerpt) == (status, "why not")
    assert caught.value.where == "partner.example.org/api/things"


def test_a_post_is_sent_once_unless_called_idempotent(
    client: HttpClient, remote: responses.RequestsMock, pauses: list[float]
) -> None:
    remote.post(URL, status=503)
    with pytest.raises(RemoteDown):
        client.post_form(URL, {})
    assert (len(remote.calls), pauses) == (1, [])
    with pytest.raises(RemoteDown):
        client.post_form(URL, {}, idempotent=True)
    assert (len(remote.calls), pauses) == (4, [0.25, 0.5])


def test_pauses_grow_and_are_jittered(remote: responses.RequestsMock) -> None:
    pauses: list[float] = []
    late = HttpClient(HttpOptions(retries=3, backoff=1.0), sleep=pauses.append, jitter=lambda: 0.999)
    remote.get(URL, status=500)
    with pytest.raises(RemoteDown):
        late.get_json(URL)
    assert pauses == pytest.approx([0.9995, 1.999, 3.998])


def test_a_retry_that_succeeds_is_an_answer(
    client: HttpClient, remote: responses.RequestsMock, pauses: list[float]
) -> None:
    remote.get(URL, body=requests.ConnectionError("reset"))
    remote.get(URL, json=[])
    assert client.get_json(URL) == []
    assert len(pauses) == 1


def test_refusals_are_not_tried_again(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.get(URL, status=403)
    with pytest.raises(RemoteRefused):
        client.get_json(URL)
    assert len(remote.calls) == 1


def test_retry_after_is_obeyed_within_a_call(
    client: HttpClient, remote: responses.RequestsMock, pauses: list[float]
) -> None:
    remote.get(URL, status=429, headers={"Retry-After": "7"})
    remote.get(URL, json={})
    assert client.get_json(URL) == {}
    assert pauses == [7.0]


@pytest.mark.parametrize("status", [403, 429])
def test_a_long_retry_after_ends_the_call(
    client: HttpClient, remote: responses.RequestsMock, pauses: list[float], status: int
) -> None:
    remote.get(URL, status=status, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimited) as caught:
        client.get_json(URL)
    assert (caught.value.retry_after, pauses) == (3600.0, [])


def test_retry_after_as_a_date_and_as_nonsense(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.get(URL, status=429, headers={"Retry-After": "Fri, 31 Dec 2099 23:59:59 GMT"})
    with pytest.raises(RateLimited) as caught:
        client.get_json(URL)
    assert (caught.value.retry_after or 0) >= 21600
    remote.replace(responses.GET, URL, status=429, headers={"Retry-After": "soon"})
    with pytest.raises(RateLimited) as caught:
        client.get_json(URL)
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    "body", ["<!doctype html><p>Maintenance", '{"a": [1, 2', b"\xff\xfe{", "NaN", "", "[" * 100_000]
)
def test_what_is_not_json(client: HttpClient, remote: responses.RequestsMock, body: str | bytes) -> None:
    remote.get(URL, body=body, content_type="text/html; charset=utf-8")
    with pytest.raises(NotJson) as caught:
        client.get_json(URL)
    assert caught.value.detail.startswith("text/html, ")


def test_an_answer_over_the_limit_is_refused(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.get(URL, body=b"x" * 1000)
    assert len(client.get_bytes(URL, max_bytes=1000)) == 1000
    with pytest.raises(TooLarge):
        client.get_bytes(URL, max_bytes=999)


def test_the_body_of_an_error_is_read_in_part(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.post(URL, status=500, body=b"y" * 1_000_000)
    with pytest.raises(RemoteDown) as caught:
        client.post_json(URL, {})
    assert caught.value.excerpt == "y" * 500


def test_timeouts_are_slow(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.post(URL, body=requests.ReadTimeout("read timed out"))
    with pytest.raises(RemoteSlow):
        client.post_json(URL, {})


def redirect(remote: responses.RequestsMock, source: str, target: str, status: int = 302) -> None:
    remote.get(source, status=status, headers={"Location": target})


def test_a_redirect_of_a_get_is_followed_without_credentials(
    client: HttpClient, remote: responses.RequestsMock
) -> None:
    redirect(remote, URL, "/elsewhere")
    redirect(remote, "https://partner.example.org/elsewhere", "https://other.example.org/")
    remote.get("https://other.example.org/", json="there")
    assert client.get_json(URL, headers={"Authorization": "Bearer abc"}) == "there"
    sent = [call.request.headers.get("Authorization") for call in remote.calls]
    assert sent == ["Bearer abc", "Bearer abc", None]


@pytest.mark.parametrize("target", ["http://partner.example.org/", "http://127.0.0.1/"])
def test_a_redirect_may_not_leave_https(client: HttpClient, remote: responses.RequestsMock, target: str) -> None:
    redirect(remote, URL, target)
    with pytest.raises(RedirectRefused):
        client.get_json(URL)


@pytest.mark.parametrize(
    "target", ["https://169.254.169.254/latest", "https://[::1]/", "https://u:p@other.example.org/"]
)
def test_a_redirect_is_judged_like_a_first_request(
    client: HttpClient, remote: responses.RequestsMock, target: str
) -> None:
    redirect(remote, URL, target)
    with pytest.raises(AddressRefused):
        client.get_json(URL)
    assert len(remote.calls) == 1


def test_redirects_are_few(client: HttpClient, remote: responses.RequestsMock) -> None:
    redirect(remote, URL, URL)
    with pytest.raises(RedirectRefused):
        client.get_json(URL)
    assert len(remote.calls) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_body_never_follows_a_redirect(client: HttpClient, remote: responses.RequestsMock, status: int) -> None:
    remote.post(URL, status=status, headers={"Location": "https://www.example.org/api?token=1"})
    with pytest.raises(RedirectRefused) as caught:
        client.post_form(URL, {"wstoken": TOKEN})
    assert "https://www.example.org/api" in caught.value.detail
    assert "token=1" not in str(caught.value)


def test_a_secret_in_a_url_is_refused_before_it_leaves(client: HttpClient, remote: responses.RequestsMock) -> None:
    with pytest.raises(ConfigurationFault):
        client.get_json(f"{URL}?token={TOKEN}")
    assert len(remote.calls) == 0


SENDERS: list[Callable[[HttpClient], object]] = [
    lambda client: client.post_form(URL, {"wstoken": TOKEN}),
    lambda client: client.post_json(URL, {"wstoken": TOKEN}),
    lambda client: client.get_json(URL, headers={"Authorization": f"Bearer {TOKEN}"}),
]


@pytest.mark.parametrize("send", SENDERS)
def test_secrets_show_nowhere(
    client: HttpClient,
    remote: responses.RequestsMock,
    caplog: pytest.LogCaptureFixture,
    send: Callable[[HttpClient], object],
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = json.dumps({"you sent": TOKEN})
    remote.add(responses.POST, URL, status=400, body=echo)
    remote.add(responses.GET, URL, status=400, body=echo)
    with pytest.raises(RemoteRejected) as caught:
        send(client)
    remote.assert_all_requests_are_fired = False
    fault = caught.value
    shown = " ".join([str(fault), repr(fault), fault.excerpt, repr(client), caplog.text, repr(fault.__dict__)])
    assert TOKEN not in shown
    assert fault.excerpt == '{"you sent": "***"}'


def test_a_bearer_is_hidden_though_nobody_declared_it(remote: responses.RequestsMock) -> None:
    remote.get(URL, status=400, body="no such key: s3cr3t")
    with pytest.raises(RemoteRejected) as caught:
        HttpClient().get_json(URL, headers={"authorization": "Bearer s3cr3t"})
    assert caught.value.excerpt == "no such key: ***"


def test_cookies_are_not_kept(client: HttpClient, remote: responses.RequestsMock) -> None:
    remote.get(URL, json=1, headers={"Set-Cookie": "session=1; Path=/"})
    client.get_json(URL)
    client.get_json(URL)
    assert "Cookie" not in remote.calls[1].request.headers


def test_the_environment_does_not_route_requests(
    monkeypatch: pytest.MonkeyPatch, remote: responses.RequestsMock
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    remote.get(URL, json=1)
    HttpClient().get_json(URL)
    assert remote.calls[0].request.req_kwargs["proxies"] == {}
