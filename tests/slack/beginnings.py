"""How far a story has come before a test begins."""

from tests.adapters.slack.harness import Shown
from tests.slack.people import Crew, Human


async def invited(crew: Crew) -> Shown:
    """The host's invitation on its card."""
    await crew.host.types("@guest 30 logo review")
    await crew.host.presses("Send invitation", await crew.host.is_told("Set up in one tap"))
    await crew.host.is_told("Invitation sent")
    crew.host.spent()
    return await crew.guest.reads("@host would like to meet @guest")


async def asked_to_confirm(crew: Crew) -> Shown:
    """The guest has the private question before them."""
    await crew.guest.presses("1", await invited(crew))
    return await crew.guest.is_told("Held for you")


async def booked(crew: Crew) -> Shown:
    """A meeting, known to both."""
    await crew.guest.presses("Confirm", await asked_to_confirm(crew))
    await crew.guest.is_told("✅ Booked with @host")
    await crew.host.is_told("✅ Booked with @guest")
    crew.guest.spent()
    return await crew.guest.reads("✅ @host & @guest")


async def set_up(human: Human) -> None:
    """Somebody whose rules are the defaults."""
    await human.types("settings")
    await human.presses("Save", await human.is_told("Your time, in every room"))
    await human.is_told("Saved")
    human.spent()
