"""Linking a Microsoft account: the least rights, PKCE, tenants, the end of a grant."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from adapters.calendar.microsoft import MicrosoftSettings, build
from adapters.calendar.microsoft.sign_in import MicrosoftSignIn
from adapters.http import Http
from scheduling_core.calendar_ports import NewAccount
from scheduling_core.errors import ProviderError, RateLimited, ReconnectNeeded, Refused, Rejected, Unavailable
from tests.adapters.microsoft.faults import GARBAGE, HTML, Body, Fault, Refusal, Slow, TokenError
from tests.adapters.microsoft.world import BACK, MicrosoftWorld, microsoft_world
from tests.contracts.calendar_world import KeptAccount


def way_in(world: MicrosoftWorld) -> MicrosoftSignIn:
    """The sign-in of a world where one account is linked already."""
    found = world.provider.way_in
    assert isinstance(found, MicrosoftSignIn)
    return found


async def linked(world: MicrosoftWorld, *, writing: bool = True) -> NewAccount:
    """Walk through the consent page."""
    begun = await way_in(world).begin(BACK, writing=writing)
    return await way_in(world).finish(begun.secret, BACK, await world.microsoft.consent(begun.url))


async def test_asks_for_the_least_with_pkce_and_lastingly(writing: MicrosoftWorld) -> None:
    reads = await way_in(writing).begin(BACK, writing=False)
    writes = await way_in(writing).begin(BACK, writing=True)

    query = {name: values[0] for name, values in parse_qs(urlsplit(reads.url).query).items()}
    scopes = {"Calendars.ReadBasic", "User.Read", "offline_access", "openid", "profile"}
    assert {*query["scope"].split()} == scopes
    more = parse_qs(urlsplit(writes.url).query)["scope"][0].split()
    assert {*more} == scopes - {"Calendars.ReadBasic"} | {"Calendars.ReadWrite"}
    assert query["code_challenge_method"] == "S256"
    assert query["state"] == reads.state != writes.state
    verifier = json.loads(reads.secret)["flow"]["code_verifier"]
    assert verifier not in reads.url
    assert verifier not in repr(reads)
    # What is known of a tenant is asked for once.
    assert len(writing.microsoft.named("discovery")) == 1


async def test_the_same_person_is_the_same_account(writing: MicrosoftWorld) -> None:
    first, second = await linked(writing), await linked(writing, writing=False)

    assert (first.name, first.identity) == ("owner@example.com", "tid-1.oid-1")
    assert second.identity == first.identity
    assert first.secret not in repr(first)


async def test_the_right_to_write_is_what_was_granted(writing: MicrosoftWorld) -> None:
    less = KeptAccount((await linked(writing, writing=False)).secret)
    more = KeptAccount((await linked(writing)).secret)

    assert not any(each.can_write for each in await writing.provider.calendars(less))
    assert all(each.can_write for each in await writing.provider.calendars(more))


async def test_consent_refused_links_nothing(writing: MicrosoftWorld) -> None:
    begun = await way_in(writing).begin(BACK, writing=True)
    back = await writing.microsoft.consent(begun.url, denies=True)

    with pytest.raises(Refused, match="did not allow"):
        await way_in(writing).finish(begun.secret, BACK, back)


async def test_who_needs_an_administrator_is_told_so(writing: MicrosoftWorld) -> None:
    begun = await way_in(writing).begin(BACK, writing=True)
    words = "AADSTS90094: An administrator of example.com has set a policy."
    back = {"error": "access_denied", "error_description": words, "state": begun.state}

    with pytest.raises(Refused, match="administrator"):
        await way_in(writing).finish(begun.secret, BACK, back)


async def test_without_the_right_to_read_nothing_is_linked(writing: MicrosoftWorld) -> None:
    writing.microsoft.entra.leaves_out = frozenset({"Calendars.ReadBasic"})

    with pytest.raises(Refused, match="see your calendar"):
        await linked(writing, writing=False)

    writing.microsoft.entra.leaves_out = frozenset({"offline_access"})
    with pytest.raises(Unavailable, match="lasting"):
        await linked(writing)


async def test_a_link_of_somebody_else_or_used_twice_is_refused(writing: MicrosoftWorld) -> None:
    sign_in = way_in(writing)
    begun, other = [await sign_in.begin(BACK, writing=True) for _ in range(2)]
    back = await writing.microsoft.consent(begun.url)

    for secret, query in (
        (begun.secret, {**back, "state": other.state}),
        (other.secret, back),
        (begun.secret, {"state": begun.state}),
        (other.secret, {**back, "state": other.state}),
    ):
        with pytest.raises(Refused, match="start again"):
            await sign_in.finish(secret, BACK, query)
    back = await writing.microsoft.consent(begun.url)
    await sign_in.finish(begun.secret, BACK, back)
    with pytest.raises(Refused, match="start again"):
        await sign_in.finish(begun.secret, BACK, back)


async def test_a_code_that_is_too_old_is_refused(writing: MicrosoftWorld) -> None:
    begun = await way_in(writing).begin(BACK, writing=True)
    back = await writing.microsoft.consent(begun.url)
    writing.microsoft.ahead += timedelta(minutes=11)

    with pytest.raises(Refused):
        await way_in(writing).finish(begun.secret, BACK, back)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Refusal(503), Unavailable),
        (Refusal(429, retry_after="9"), RateLimited),
        (GARBAGE, Unavailable),
        (HTML, Unavailable),
        (Body(b"[]"), Unavailable),
        (Body(b'{"token_type": "Bearer"}'), Unavailable),
        (TokenError("invalid_client", 7000215), Rejected),
        (TokenError("temporarily_unavailable", 90033), Unavailable),
    ],
)
async def test_a_token_endpoint_in_trouble_is_not_the_persons_fault(
    writing: MicrosoftWorld, fault: Fault, expected: type[Exception]
) -> None:
    writing.microsoft.faults.add("token", fault)

    with pytest.raises(expected) as caught:
        await linked(writing)

    assert type(caught.value) is expected


async def test_why_a_sign_in_was_refused_is_logged_by_its_codes_alone(writing: MicrosoftWorld) -> None:
    begun = await way_in(writing).begin(BACK, writing=True)
    words = "AADSTS70011: The scope of owner@example.com is not valid."
    no = {"error": "invalid_scope", "error_description": words, "state": begun.state}
    writing.microsoft.faults.add("token", TokenError("invalid_client", 7000215))

    with capture_logs() as logs:
        with pytest.raises(Rejected):
            await linked(writing)
        with pytest.raises(Rejected):
            await way_in(writing).finish(begun.secret, BACK, no)

    assert [each["code"] for each in logs] == ["invalid_client 7000215", "invalid_scope AADSTS70011"]


async def test_a_sign_in_that_hangs_ends_in_time() -> None:
    async with microsoft_world(writing=True, timeout_seconds=0.4) as world:
        world.microsoft.faults.add("token", Slow(5))
        with pytest.raises(Unavailable):
            await linked(world)


async def test_the_tenant_of_the_settings_is_asked(writing: MicrosoftWorld) -> None:
    client = writing.microsoft.entra.client
    client.tenants = frozenset({"contoso.onmicrosoft.com"})
    http = Http(writing.microsoft.now, allow_private_addresses=True)

    async def begun_at(tenant: str) -> str:
        settings = MicrosoftSettings(client.id, client.secret, tenant, **writing.microsoft.addresses())  # type: ignore[arg-type]  # addresses
        provider = build(settings, http, writing.microsoft.now)
        try:
            assert isinstance(provider.way_in, MicrosoftSignIn)
            return (await provider.way_in.begin(BACK, writing=False)).url
        finally:
            await provider.close()

    url = await begun_at("contoso.onmicrosoft.com")
    assert url.startswith(f"{writing.microsoft.address}/contoso.onmicrosoft.com/oauth2/v2.0/authorize?")
    with capture_logs() as logs, pytest.raises(ProviderError):
        await begun_at("organizations")
    assert [(each["status"], each["code"]) for each in logs] == [(400, "invalid_tenant 90002")]
    await http.close()


async def test_addresses_that_only_we_can_reach_are_not_called(writing: MicrosoftWorld) -> None:
    client = writing.microsoft.entra.client
    http = Http(writing.microsoft.now)
    settings = MicrosoftSettings(client.id, client.secret, **writing.microsoft.addresses())  # type: ignore[arg-type]  # addresses
    provider = build(settings, http, writing.microsoft.now)
    assert isinstance(provider.way_in, MicrosoftSignIn)

    with pytest.raises(Rejected, match="not on the public Internet"):
        await provider.way_in.begin(BACK, writing=False)

    await provider.close()
    await http.close()


async def test_giving_back_is_for_the_owner_to_do(writing: MicrosoftWorld) -> None:
    await writing.provider.revoke(writing.account)

    assert await writing.provider.calendars(writing.account)
    with pytest.raises(ReconnectNeeded):
        await writing.provider.calendars(KeptAccount("not ours"))
