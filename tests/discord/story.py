"""The life of a meeting in Discord, told step by step: who does what, and what each sees of it."""

from collections.abc import AsyncIterator, Awaitable, Callable

from adapters.chat.discord.picker import DAY_HINT, TIME_HINT
from tests.adapters.discord.harness import Shown
from tests.discord.people import Crew, starts
from tests.discord.site import Site

Chapter = Callable[[Crew], AsyncIterator[str]]
CLOCK = "What time is it for you now?"
NOTICE = "Fill in Notice – Cap…"
OFFERED, WISHED = 1, 3


async def tell(crew: Crew, site: Site, *chapters: Chapter, between: Callable[[], Awaitable[None]]) -> None:
    """Tell the chapters in order; after each step nothing is doubled, waits, or was wrong."""
    for chapter in chapters:
        async for step in chapter(crew):
            await site.settle()
            assert crew.doubled() == [], f"{step}: {crew.doubled()}\n{crew.guest.everything()}"
            assert crew.discord.violations == [], step
            await between()


async def invited(crew: Crew) -> AsyncIterator[str]:
    """The first command of all, with nothing set up: the clock, and one press."""
    host, guest = crew.host, crew.guest
    await host.types("30 logo review", whom=guest.someone)
    setup = await host.is_told("Set up in one tap")
    assert crew.cards() == []
    yield "the setup card is there"
    (berlin,) = [one for one in setup.options(CLOCK) if "Berlin" in one]
    await host.chooses(CLOCK, berlin, setup)
    await host.presses("Send invitation", setup)
    card = await guest.reads("@host would like to meet @guest")
    await host.is_told("Invitation sent", instead_of=setup)
    assert host.spent() == 2
    assert card.buttons == ("1", "2", "3", "4", "5", "More times", "None fit", "⋯")
    for human in crew.everybody:
        offers = await human.reads("@host would like to meet @guest")
        assert all(human.at(start) in offers.words for start in starts(offers))
    yield "the invitation is there"


async def invited_at_once(crew: Crew) -> AsyncIterator[str]:
    """Where the bot has not met them yet, by somebody who set up elsewhere."""
    host, guest = crew.host, crew.guest
    await host.types("30 logo review", whom=guest.someone)
    await guest.reads("@host would like to meet @guest")
    assert host.spent() == 0
    yield "the invitation is there"


async def booked(crew: Crew) -> AsyncIterator[str]:
    """A number, then Confirm."""
    host, guest = crew.host, crew.guest
    card = await guest.reads("@host would like to meet @guest")
    start = starts(card)[0]
    await guest.presses("1", card)
    question = await guest.is_told("Held for you for 5 minutes")
    yield "the question is there"
    await guest.presses("Confirm", question)
    await guest.is_told("✅ Booked with @host", instead_of=question)
    assert guest.spent() == 2
    for human in crew.everybody:
        confirmed = await human.reads("✅ @host & @guest")
        assert (confirmed.id, starts(confirmed)[0]) == (card.id, start)
        assert human.at(start) in confirmed.words
    await host.is_told("✅ Booked with @guest")
    assert host.spent() == 0
    yield "it is booked"


async def added_to_calendar(crew: Crew) -> AsyncIterator[str]:
    """One press, and the links."""
    guest = crew.guest
    await guest.presses("Add to calendar", await guest.reads("✅ @host & @guest"))
    links = await guest.is_told("Add it to your calendar")
    assert links.buttons == ("Google", "Outlook.com", "Office 365", "Yahoo", ".ics file")
    assert links.link("Google").startswith("https://calendar.google.com/")
    assert guest.spent() == 1
    yield "the links are there"


async def moved_and_back(crew: Crew) -> AsyncIterator[str]:
    """Reschedule, one of the offers; then Undo."""
    host, guest = crew.host, crew.guest
    before = await host.reads("✅ @host & @guest")
    await host.presses("Reschedule", before)
    offers = await host.is_told("Move the meeting")
    yield "the offers are there"
    await host.presses(offers.buttons[OFFERED], offers)
    moved = await host.is_told("You can undo this", instead_of=offers)
    assert moved.buttons == ("Undo",)
    assert host.spent() == 2
    await guest.is_told("@host moved your meeting to")
    after = await guest.reads("✅ @host & @guest")
    assert starts(after) != starts(before)
    assert starts(await guest.reads("@host moved it to")) == starts(after)[:1]
    yield "it is moved"
    await host.presses("Undo", moved)
    await host.is_told("Undone", instead_of=moved)
    assert host.spent() == 1
    await guest.is_told("@host moved your meeting back to")
    await guest.reads("@host moved it back to")
    assert starts(await guest.reads("✅ @host & @guest")) == starts(before)
    yield "it is moved back"


async def cancelled(crew: Crew) -> AsyncIterator[str]:
    """Cancel, with a reason typed into a form."""
    host, guest = crew.host, crew.guest
    await guest.presses("Cancel", await guest.reads("✅ @host & @guest"))
    question = await guest.is_told("Cancel the meeting with @host?")
    yield "the question is there"
    await guest.fills_in(question, {"reason": "the dentist"})
    done = await guest.is_told("Cancelled.", instead_of=question)
    assert "Find a new time" in done.buttons
    assert guest.spent() == 3
    assert "Reason: the dentist" in (await host.is_told("@guest cancelled your meeting")).words
    card = await host.reads("Cancelled: @host & @guest")
    assert card.buttons == ("Find a new time",)
    await host.reads("@guest cancelled the meeting.")
    assert not [one for one in crew.second.screen if "dentist" in one.words]
    yield "it is cancelled"


async def asked_again(crew: Crew) -> AsyncIterator[str]:
    """Find a new time, on the card."""
    host, guest = crew.host, crew.guest
    before = await host.reads("Cancelled: @host & @guest")
    await host.presses("Find a new time", before)
    await host.is_told("The card in the room offers new times now.")
    card = await guest.reads("@host would like to meet @guest")
    assert card.id == before.id
    assert host.spent() == 1
    yield "the card offers times again"


async def booked_another_day(crew: Crew) -> AsyncIterator[str]:
    """More times, a day, a time, Confirm: all in one private message."""
    guest = crew.guest
    await guest.presses("More times", await guest.reads("@host would like to meet @guest"))
    picker = await guest.is_told("Pick a time")
    yield "the picker is there"
    day = picker.options(DAY_HINT)[-1]
    await guest.chooses(DAY_HINT, day, picker)
    times = await guest.is_told(day.rpartition(" ")[0], instead_of=picker)
    yield "the day is chosen"
    await guest.chooses(TIME_HINT, times.options(TIME_HINT)[-1], times)
    question = await guest.is_told("Held for you", instead_of=picker)
    yield "the time is chosen"
    await guest.presses("Confirm", question)
    await guest.is_told("✅ Booked with @host", instead_of=picker)
    assert guest.spent() == 4
    await crew.host.reads("✅ @host & @guest")
    yield "it is booked"


async def cancelled_by_host(crew: Crew) -> AsyncIterator[str]:
    """Cancel without a word of why: the button itself."""
    host = crew.host
    await host.presses("Cancel", await host.reads("✅ @host & @guest"))
    question = await host.is_told("Cancel the meeting with @guest?")
    await host.presses("Cancel meeting", question)
    await host.is_told("Cancelled.", instead_of=question)
    await crew.guest.is_told("@host cancelled your meeting")
    await crew.guest.reads("Cancelled: @host & @guest")
    assert host.spent() == 2
    yield "it is cancelled"


async def wished(crew: Crew) -> AsyncIterator[str]:
    """None fit: an evening outside the host's hours, which the host accepts in their direct messages."""
    host, guest = crew.host, crew.guest
    await guest.presses("None fit", await guest.reads("@host would like to meet @guest"))
    form = await guest.is_told("When could you?")
    yield "the form is there"
    await guest.chooses("Part of the day", "Evening (18–21)", form)
    await guest.presses("Find times", form)
    await guest.is_told("⚠", instead_of=form)
    yield "a day is missing"
    form = _now(guest.private, form)
    await guest.chooses("Days", [form.options("Days")[WISHED]], form)
    theirs = next(one for one in form.options(CLOCK) if "New York" in one)
    await guest.chooses(CLOCK, theirs, form)
    await guest.fills_in(form, {"note": "after work"})
    await guest.is_told("That is outside what @host offers, so I asked.", instead_of=form)
    question = await host.is_told("@guest could meet only outside your hours")
    assert "@guest writes: after work" in question.words
    assert not question.is_private
    yield "the host is asked"
    await host.presses(question.buttons[0], question)
    await host.is_told("✅ Booked with @guest", instead_of=question)
    assert host.spent() == 1
    await guest.is_told("✅ Booked with @host")
    await guest.reads("✅ @host & @guest")
    guest.spent()
    yield "it is booked"


async def wished_in_words(crew: Crew) -> AsyncIterator[str]:
    """The same, where the host answers by a word below the question in their direct messages."""
    host, guest = crew.host, crew.guest
    async for step in wished(crew):
        yield step
        if step == "the host is asked":
            break
    await host.someone.direct("1")
    await host.is_told("✅ Booked with @guest")
    await guest.is_told("✅ Booked with @host")
    await guest.reads("✅ @host & @guest")
    guest.spent()
    yield "it is booked"


async def set_own_hours(crew: Crew) -> AsyncIterator[str]:
    """Settings: a wrong value stands at its field and loses nothing, a right one holds."""
    host = crew.host
    await host.types(command="meet-settings")
    form = await host.is_told("Your time, in every room")
    yield "the form is there"
    await host.fills_in(form, {"notice": "soon"}, NOTICE)
    told = await host.is_told("“soon” is not a length of time", instead_of=form)
    yield "the mistake is told"
    await host.fills_in(told, {"notice": "3 h"}, NOTICE)
    assert "notice 3 h" in (await host.is_told("Saved", instead_of=form)).words
    yield "the hours hold"


def _now(shown: list[Shown], one: Shown) -> Shown:
    return next(each for each in shown if each.id == one.id)
