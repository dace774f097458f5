"""The one HTTP client: deadlines, caps, named errors, and no way into private networks."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from adapters.addresses import PublicResolver, is_public
from adapters.http import Http, Reply, failure, redacted, retry_after
from scheduling_core.errors import Gone, ProviderError, RateLimited, Rejected, Unavailable

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Names(AbstractResolver):
    """A resolver whose answers are given, one per question; the last stays."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in addresses
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def open_http() -> AsyncIterator[Http]:
    http = Http(lambda: NOW, allow_private_addresses=True)
    yield http
    await http.close()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    made = Http(lambda: NOW)
    yield made
    await made.close()


class Server:
    """A server of this test on 127.0.0.1 that remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self._app = web.Application()
        self._app.router.add_route("*", "/{name}", self._handle)
        self._server = TestServer(self._app, host="127.0.0.1")
        self.answers: dict[str, Handler] = {}

    async def start(self) -> None:
        await self._server.start_server()

    async def close(self) -> None:
        await self._server.close()

    def url(self, name: str) -> str:
        return str(self._server.make_url(f"/{name}"))

    @property
    def port(self) -> int:
        return self._server.port or 0

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.requests.append((request.method, name, headers, await request.read()))
        return await self.answers[name](request)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.start()
    yield made
    await made.close()


def says(status: int = 200, body: bytes = b"", **headers: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, headers=named)

    return handle


async def test_a_request_comes_as_it_was_made_and_its_answer_comes_back(
    open_http: Http, server: Server
) -> None:
    server.answers["echo"] = says(207, b"<multistatus/>", ETag='"7"')
    reply = await open_http.request("PROPFIND", server.url("echo"), headers={"Depth": "1"}, body=b"<x/>")
    ((method, _, headers, body),) = server.requests
    assert (reply.status, reply.body, reply.headers["etag"]) == (207, b"<multistatus/>", '"7"')
    assert (method, headers["depth"], body) == ("PROPFIND", "1", b"<x/>")
    assert headers["user-agent"] == "Parley"


async def test_cookies_of_one_server_are_not_kept(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(Set_Cookie="session=1; Path=/")
    await open_http.request("GET", server.url("a"))
    await open_http.request("GET", server.url("a"))
    assert "cookie" not in server.requests[1][2]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(400), Rejected),
        (Reply(404), Rejected),
        (Reply(412), Rejected),
        (Reply(302), Rejected),
        (Reply(408), Unavailable),
        (Reply(410), Gone),
        (Reply(425), Unavailable),
        (Reply(429), RateLimited),
        (Reply(500), Unavailable),
        (Reply(503), Unavailable),
        (Reply(503, {"retry-after": "5"}), RateLimited),
    ],
)
def test_errors_are_named_for_the_decision(reply: Reply, error: type[ProviderError]) -> None:
    assert type(failure(reply, NOW)) is error


@pytest.mark.parametrize("status", [200, 201, 204, 207])
def test_a_success_is_no_failure(status: int) -> None:
    assert failure(Reply(status), NOW) is None


async def test_a_caller_may_want_to_see_a_refusal(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(412)
    assert (await open_http.exchange("PUT", server.url("a"))).status == 412


async def test_a_refusal_keeps_the_beginning_of_its_words(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(400, b"no\x00 such\n room " + b"x" * 10**6)
    with pytest.raises(Rejected) as caught:
        await open_http.request("GET", server.url("a"))
    assert caught.value.reason.startswith("no such room xxx")
    assert len(caught.value.reason) == 300


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", timedelta()),
        ("120", timedelta(minutes=2)),
        ("Tue, 24 Nov 2026 09:02:00 GMT", timedelta(minutes=2)),
        ("Tue, 24 Nov 2026 08:00:00 GMT", timedelta()),
        ("9" * 30, timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1)),
        ("", timedelta(seconds=30)),
        ("soon", timedelta(seconds=30)),
        ("-5", timedelta(seconds=30)),
        ("٣", timedelta(seconds=30)),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, wait: timedelta) -> None:
    assert retry_after(value, NOW) == wait


async def test_a_server_that_keeps_silent_is_unavailable_at_the_deadline(
    open_http: Http, server: Server
) -> None:
    released = asyncio.Event()

    async def silent(_request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    server.answers["a"] = silent
    with pytest.raises(Unavailable, match=r"0\.05 s"):
        await open_http.request("GET", server.url("a"), deadline_seconds=0.05)
    released.set()


async def test_a_body_that_trickles_is_cut_off_at_the_deadline(open_http: Http, server: Server) -> None:
    released = asyncio.Event()

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await released.wait()
        return response

    server.answers["a"] = trickle
    with pytest.raises(Unavailable):
        await open_http.request("GET", server.url("a"), deadline_seconds=0.05)
    released.set()


async def test_nobody_listening_is_unavailable(open_http: Http, server: Server) -> None:
    url = server.url("a")
    await server.close()
    with pytest.raises(Unavailable, match="127"):
        await open_http.request("GET", url)


async def test_a_body_over_the_cap_is_refused(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(body=b"x" * 1001)
    assert len((await open_http.request("GET", server.url("a"), max_body_bytes=1001)).body) == 1001
    with pytest.raises(Rejected, match="larger than 1000 bytes"):
        await open_http.request("GET", server.url("a"), max_body_bytes=1000)


async def test_a_body_that_unpacks_to_more_than_the_cap_is_refused(open_http: Http, server: Server) -> None:
    async def packed(_request: web.Request) -> web.StreamResponse:
        response = web.Response(body=b"\0" * 10**7)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    server.answers["a"] = packed
    with pytest.raises(Rejected):
        await open_http.request("GET", server.url("a"), max_body_bytes=10**5)


async def test_a_body_nobody_wants_is_not_read(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(body=b"x" * 10**6)
    assert (await open_http.request("POST", server.url("a"), max_body_bytes=0)).body == b""


async def test_redirects_are_followed_only_when_asked_for(open_http: Http, server: Server) -> None:
    server.answers |= {"a": says(302, Location="/b"), "b": says(body=b"here")}
    with pytest.raises(Rejected):
        await open_http.request("GET", server.url("a"))
    assert (await open_http.request("GET", server.url("a"), max_redirects=1)).body == b"here"


async def test_redirects_in_a_circle_end(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(302, Location="/a")
    with pytest.raises(Rejected):
        await open_http.request("GET", server.url("a"), max_redirects=3)
    assert len(server.requests) == 4


async def test_a_post_is_never_redirected(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(307, Location="/a")
    with pytest.raises(Rejected):
        await open_http.request("POST", server.url("a"), max_redirects=3)
    assert len(server.requests) == 1


async def test_credentials_stay_with_their_origin(open_http: Http, server: Server) -> None:
    other = server.url("b").replace("127.0.0.1", "localhost")
    server.answers |= {"a": says(302, Location=other), "b": says()}
    await open_http.request("GET", server.url("a"), headers={"Authorization": "x"}, max_redirects=1)
    assert "authorization" in server.requests[0][2]
    assert "authorization" not in server.requests[1][2]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "239.1.1.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "::ffff:0:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "127.1",
        "2130706433",
        "",
        "example.com",
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "１２７.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "user:word@127.0.0.1",
        "0",
    ],
)
async def test_no_spelling_of_a_private_address_is_called(http: Http, server: Server, host: str) -> None:
    with pytest.raises((Rejected, Unavailable)):
        await http.request("GET", f"http://{host}:{server.port}/a")
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost/", "http://[fd00::1]/", "http://10.0.0.1/"]
)
async def test_a_private_address_is_a_final_no(http: Http, url: str) -> None:
    with pytest.raises(Rejected, match="allow_private_addresses"):
        await http.request("GET", url)


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "file:///etc/passwd", "http://", "nonsense", "", "http://a:99999/", "//a/"]
)
async def test_only_web_addresses_are_called(open_http: Http, url: str) -> None:
    with pytest.raises(Rejected):
        await open_http.request("GET", url)


@pytest.mark.parametrize("host", ["calendar..example.com", "a" * 70 + ".example.com"])
async def test_a_name_that_no_resolver_can_be_asked_for_is_a_final_no(http: Http, host: str) -> None:
    with pytest.raises(Rejected, match="not a web address"):
        await http.request("GET", f"https://{host}/")


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]])
async def test_a_name_is_judged_by_every_address_it_has(server: Server, found: list[str]) -> None:
    http = Http(lambda: NOW, resolver=Names(found))
    with pytest.raises(Rejected):
        await http.request("GET", f"http://room.example:{server.port}/a")
    await http.close()
    assert server.requests == []


async def test_a_name_that_changes_its_address_is_judged_again() -> None:
    resolver = PublicResolver(Names(["8.8.8.8"], ["127.0.0.1"]))
    assert [each["host"] for each in await resolver.resolve("room.example", 80)] == ["8.8.8.8"]
    with pytest.raises(Rejected):
        await resolver.resolve("room.example", 80)


async def test_the_answer_that_was_judged_is_the_one_that_is_called(server: Server) -> None:
    names = Names(["127.0.0.1"], ["192.0.2.1"])
    http = Http(lambda: NOW, allow_private_addresses=True, resolver=names)
    server.answers["a"] = says(body=b"here")
    reply = await http.request("GET", f"http://room.example:{server.port}/a")
    await http.close()
    assert (names.asked, reply.body) == (1, b"here")


async def test_names_are_looked_up_while_the_threads_of_the_loop_are_taken(
    open_http: Http, server: Server
) -> None:
    server.answers["a"] = says(body=b"here")
    freed = threading.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    taken = loop.run_in_executor(None, freed.wait)
    try:
        reply = await open_http.request("GET", f"http://localhost:{server.port}/a", deadline_seconds=5)
    finally:
        freed.set()
    assert await taken
    assert reply.body == b"here"


async def test_one_server_takes_only_so_many_connections(server: Server) -> None:
    other = Server()
    await other.start()
    other.answers["a"] = says()
    ends = asyncio.Event()

    async def hangs(_request: web.Request) -> web.StreamResponse:
        await ends.wait()
        return web.Response()

    server.answers["a"] = hangs
    http = Http(lambda: NOW, allow_private_addresses=True, connections=3, per_host=2)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(http.request("GET", server.url("a"), deadline_seconds=5))
        while len(server.requests) < 2:  # noqa: ASYNC110  the server tells nobody
            await asyncio.sleep(0.01)
        assert (await http.request("GET", other.url("a"), deadline_seconds=2)).status == 200
        assert len(server.requests) == 2
        ends.set()
    await http.close()
    await other.close()


async def test_a_redirect_to_something_else_than_the_web_is_refused(open_http: Http, server: Server) -> None:
    server.answers["a"] = says(302, Location="file:///etc/passwd")
    with pytest.raises(Rejected, match="only http"):
        await open_http.request("GET", server.url("a"), max_redirects=1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:word@calendar.example:8443/secret?token=1#x", "https://calendar.example:8443/…"),
        ("https://calendar.example/secret", "https://calendar.example/…"),
        ("http://a:99999/secret", "(not an address)"),
    ],
)
def test_errors_show_only_the_host_of_an_address(url: str, shown: str) -> None:
    assert redacted(url) == shown


async def test_a_secret_in_an_address_is_in_no_error(open_http: Http, server: Server) -> None:
    url = server.url("secret").replace("http://", "http://user:word@") + "?token=1"
    await server.close()
    with pytest.raises(Unavailable) as caught:
        await open_http.request("GET", url)
    assert not {"secret", "word", "token"} & set(str(caught.value).replace("/", " ").split())
    assert "word" not in str(caught.value)
    assert caught.value.__cause__ is None
