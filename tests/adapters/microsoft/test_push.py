"""Microsoft tells of changes through subscriptions."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from scheduling_core.calendar_ports import Heard, Push, Watch
from scheduling_core.chat_ports import Request
from scheduling_core.errors import Gone, Rejected
from tests.adapters.microsoft.world import MicrosoftWorld
from tests.contracts.calendar_world import Planted, utc

ADDRESS = "https://parley.example/calendars/microsoft/push"
EVENT = Planted("e-1", utc(3, 6, 12), utc(3, 6, 13))


def push_of(world: MicrosoftWorld) -> Push:
    """How Microsoft tells; our address answers what it is asked."""
    push = world.provider.push
    assert push is not None

    async def deliver(address: str, body: bytes) -> tuple[int, str, bytes]:
        answer = push.notice(request(address, body)).response
        return answer.status, answer.content_type, answer.body

    world.microsoft.graph.deliver = deliver
    return push


def request(address: str, body: bytes) -> Request:
    """A notification as the server hands it over."""
    return Request("POST", "/", {}, body, {}, dict(parse_qsl(urlsplit(address).query)))


def heard(world: MicrosoftWorld) -> list[Heard]:
    """What all notifications so far said."""
    notices = [push_of(world).notice(request(*each)) for each in world.microsoft.pushed]
    assert {notice.response.status for notice in notices} <= {202}
    return [each for notice in notices for each in notice.heard]


async def test_a_change_is_told_with_the_subscriptions_secret(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")

    watch = await push_of(writing).watch(writing.account, calendar, "ours", ADDRESS, "s3cret")
    assert heard(writing) == []
    await writing.plant(calendar, EVENT)

    assert heard(writing) == [Heard(watch.id, "s3cret")]
    assert timedelta(minutes=4200) < watch.expires - writing.microsoft.now() <= timedelta(minutes=4230)
    assert "s3cret" not in repr(heard(writing))


async def test_it_ends_when_microsoft_says_so_not_when_we_asked(writing: MicrosoftWorld) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    writing.microsoft.graph.longest = timedelta(days=1)

    watch = await push.watch(writing.account, calendar, "ours", ADDRESS, "s3cret")
    assert watch.expires - writing.microsoft.now() <= timedelta(days=1)

    writing.microsoft.ahead += timedelta(hours=20)
    renewed = await push.renew(writing.account, calendar, watch, ADDRESS, "s3cret")
    assert renewed.id == watch.id
    assert renewed.expires > watch.expires


async def test_what_ended_meanwhile_is_begun_anew(writing: MicrosoftWorld) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    watch = await push.watch(writing.account, calendar, "ours", ADDRESS, "s3cret")
    writing.microsoft.ahead += timedelta(days=4)

    renewed = await push.renew(writing.account, calendar, watch, ADDRESS, "s3cret")
    await writing.plant(calendar, EVENT)

    assert renewed.id != watch.id
    assert heard(writing) == [Heard(renewed.id, "s3cret")]


@pytest.mark.parametrize(
    ("event", "kind"),
    [("reauthorizationRequired", "renew"), ("subscriptionRemoved", "lost"), ("missed", "lost")],
)
async def test_the_life_of_a_subscription_is_told(writing: MicrosoftWorld, event: str, kind: str) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    watch = await push.watch(writing.account, calendar, "ours", ADDRESS, "s3cret")

    writing.microsoft.tell(writing.owner.calendars[calendar], lifecycleEvent=event)

    assert heard(writing) == [Heard(watch.id, "s3cret", kind)]  # type: ignore[arg-type]  # a kind


async def test_an_ended_subscription_is_silent_and_may_be_ended_again(writing: MicrosoftWorld) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    watch = await push.watch(writing.account, calendar, "ours", ADDRESS, "s3cret")

    for _ in range(2):
        await push.end(writing.account, watch)
    await writing.plant(calendar, EVENT)

    assert heard(writing) == []
    await push.end(writing.account, Watch("never-was", "r", watch.expires))


async def test_an_address_that_does_not_answer_is_not_subscribed(writing: MicrosoftWorld) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    writing.microsoft.graph.deliver = None

    with pytest.raises(Rejected, match="validation"):
        await push.watch(writing.account, calendar, "ours", ADDRESS, "s3cret")
    with pytest.raises(Gone):
        await push.watch(writing.account, writing.missing, "ours", ADDRESS, "s3cret")


async def test_basic_details_alone_cannot_be_watched(reading: MicrosoftWorld) -> None:
    """And it is no reason to ask the owner to link anew."""
    calendar = await reading.calendar("Work")

    with pytest.raises(Rejected):
        await push_of(reading).watch(reading.account, calendar, "ours", ADDRESS, "s")

    assert reading.microsoft.named("subscriptions.create") == []


async def test_the_first_request_is_answered_with_its_token_as_plain_text(writing: MicrosoftWorld) -> None:
    notice = push_of(writing).notice(request("/?validationToken=%3Cb%3Ea%20b%3C%2Fb%3E%C3%BC", b""))

    assert (notice.response.status, notice.response.content_type) == (200, "text/plain")
    assert notice.response.body == "<b>a b</b>ü".encode()
    assert notice.response.headers["x-content-type-options"] == "nosniff"
    assert notice.heard == ()
    assert push_of(writing).notice(request(f"/?validationToken={'a' * 5000}", b"")).response.status == 400


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"value": {}}', b"[" * 100_000])
async def test_a_message_that_is_none_of_microsofts_says_nothing(
    writing: MicrosoftWorld, body: bytes
) -> None:
    notice = push_of(writing).notice(request("/", body))

    assert (notice.response.status, notice.heard) == (400, ())


async def test_many_changes_in_one_message_are_said_once(writing: MicrosoftWorld) -> None:
    items = [{"subscriptionId": "s-1", "clientState": "x", "changeType": "updated"}] * 50
    body = json.dumps({"value": [*items, {"subscriptionId": "s-2"}, {}, "?", None]}).encode()

    assert push_of(writing).notice(request("/", body)).heard == (Heard("s-1", "x"), Heard("s-2", ""))


async def test_of_a_message_without_end_only_the_beginning_is_read(writing: MicrosoftWorld) -> None:
    body = json.dumps({"value": [{"subscriptionId": f"s-{number}"} for number in range(9_000)]}).encode()

    heard = push_of(writing).notice(request("/", body)).heard

    assert [each.channel for each in heard] == [f"s-{number}" for number in range(200)]
