"""How far a story has come before a test begins: set up, invited, booked."""

from tests.bot.town import Member, Seen, Town


async def set_up(town: Town, person: str = "u-1", room: str = "room-1") -> Member:
    """Somebody whose rules are the defaults."""
    member = town.member(person, room)
    await member.types("/meet settings")
    await member.presses("Save")
    member.clicks = 0
    return member


async def invited(town: Town, text: str = "/meet @guest 30 logo review") -> tuple[Member, Member]:
    """Host and guest, an open invitation on the card."""
    host = await set_up(town)
    await host.types(text)
    return host, town.member("u-2")


async def booked(town: Town, text: str = "/meet @guest 30 logo review") -> tuple[Member, Member]:
    """Host and guest with a meeting at the first offer."""
    host, guest = await invited(town, text)
    await guest.presses("1")
    await guest.presses("Confirm")
    guest.clicks = 0
    return host, guest


def said(seen: Seen | None) -> str:
    """The words of an answer that must be there."""
    assert seen is not None, "no private answer came"
    return seen.text


def offers(card: Seen) -> list[str]:
    """The numbers on the buttons of a public card."""
    return [title for title in card.titles if title.isdecimal()]
