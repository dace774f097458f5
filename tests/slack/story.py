"""The life of a meeting in Slack, told step by step: who does what, and what each sees of it.

Between two steps the teller looks around, and may do something to the bot.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

from tests.slack.people import HOME, MODAL, Crew, starts
from tests.slack.site import Site

Chapter = Callable[[Crew], AsyncIterator[str]]
OFFERED, WISHED = 1, 3


async def tell(crew: Crew, site: Site, *chapters: Chapter, between: Callable[[], Awaitable[None]]) -> None:
    """Tell the chapters in order; after each step nothing is doubled and nothing was wrong."""
    for chapter in chapters:
        async for step in chapter(crew):
            await site.settle()
            assert crew.doubled() == [], step
            assert crew.slack.violations == [], step
            await between()


async def invited(crew: Crew) -> AsyncIterator[str]:
    """The first command of all, with nothing set up: one press."""
    host, guest = crew.host, crew.guest
    await host.types("@guest 30 logo review")
    setup = await host.is_told("Set up in one tap")
    assert "Time zone Europe/Berlin" in setup.words
    assert crew.cards() == []
    yield "the setup card is there"
    await host.presses("Send invitation", setup)
    card = await guest.reads("@host would like to meet @guest")
    await host.is_told("Invitation sent", instead_of=setup)
    assert host.spent() == 1
    assert card.buttons == ("1", "2", "3", "4", "5", "More times", "None fit", "⋯")
    for human in crew.everybody:
        offers = await human.reads("@host would like to meet @guest")
        assert all(human.at(start) in offers.words for start in starts(offers))
    yield "the invitation is there"


async def booked(crew: Crew) -> AsyncIterator[str]:
    """A number, then Confirm."""
    host, guest = crew.host, crew.guest
    card = await guest.reads("@host would like to meet @guest")
    start = starts(card)[0]
    await guest.presses("1", card)
    question = await guest.is_told("Held for you for 5 minutes")
    assert guest.at(start) in question.words
    assert f"({host.at(start)} for @host in Berlin)" in question.words
    yield "the question is there"
    await guest.presses("Confirm", question)
    await guest.is_told("✅ Booked with @host", instead_of=question)
    assert guest.spent() == 2
    for human in crew.everybody:
        confirmed = await human.reads("✅ @host & @guest")
        assert (confirmed.id, starts(confirmed)[0]) == (card.id, start)
        assert human.at(start) in confirmed.words
    assert host.at(start) in (await host.is_told("✅ Booked with @guest")).words
    assert host.spent() == 0
    yield "it is booked"


async def added_to_calendar(crew: Crew) -> AsyncIterator[str]:
    """One press, and the link."""
    guest = crew.guest
    await guest.presses("Add to calendar", await guest.reads("✅ @host & @guest"))
    links = await guest.is_told("Add it to your calendar")
    assert links.buttons == ("Google", "Outlook.com", "Office 365", "Yahoo", ".ics file")
    yield "the links are there"
    await guest.presses("Google", links)
    assert guest.spent() == 2
    yield "a link was opened"


async def moved_and_back(crew: Crew) -> AsyncIterator[str]:
    """Reschedule, one of the offers; then Undo."""
    host, guest = crew.host, crew.guest
    before = await host.reads("✅ @host & @guest")
    await host.presses("Reschedule", before)
    offers = await host.window("Move the meeting")
    yield "the offers are there"
    await host.presses(offers.buttons[OFFERED], MODAL)
    assert (await host.window("You can undo this")).buttons == ("Undo",)
    assert host.spent() == 2
    await guest.is_told("@host moved your meeting to")
    after = await guest.reads("✅ @host & @guest")
    assert starts(after) != starts(before)
    assert starts(await guest.reads("@host moved it to")) == starts(after)[:1]
    yield "it is moved"
    await host.presses("Undo", MODAL)
    await host.window("Undone")
    assert host.spent() == 1
    await guest.is_told("@host moved your meeting back to")
    await guest.reads("@host moved it back to")
    assert starts(await guest.reads("✅ @host & @guest")) == starts(before)
    await host.closes()
    yield "it is moved back"


async def cancelled(crew: Crew) -> AsyncIterator[str]:
    """Cancel, with a reason, and Cancel meeting."""
    host, guest = crew.host, crew.guest
    await guest.presses("Cancel", await guest.reads("✅ @host & @guest"))
    await guest.window("Cancel the meeting with @host?")
    yield "the question is there"
    await guest.submits(reason="the dentist")
    assert "Find a new time" in (await guest.window("Cancelled.")).buttons
    assert guest.spent() == 2
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
    """More times, a day, a time, Confirm: all in one window."""
    guest = crew.guest
    await guest.presses("More times", await guest.reads("@host would like to meet @guest"))
    picker = await guest.window("Pick a time")
    yield "the picker is there"
    day = picker.options("day")[-1]
    await guest.chooses("day", day)
    times = await guest.window(f"Time on {day.rpartition(' ')[0]}")
    yield "the day is chosen"
    await guest.chooses("time", times.options("time")[-1])
    question = await guest.window("Held for you")
    assert times.options("time")[-1] in question.words
    yield "the time is chosen"
    await guest.submits()
    await guest.window("✅ Booked with @host")
    assert guest.spent() == 4
    await crew.host.reads("✅ @host & @guest")
    await guest.closes()
    yield "it is booked"


async def done_from_home(crew: Crew) -> AsyncIterator[str]:
    """The Home tab: the meeting is moved and cancelled there, the hours are there."""
    host, guest = crew.host, crew.guest
    home = await guest.opens_home("with @host")
    assert home.buttons == ("Add to calendar", "Join", "Reschedule", "Cancel", "Settings", "Help")
    assert "America/New_York · Mon–Fri 9:00–17:00" in home.words
    yield "the page is open"
    await guest.presses("Reschedule", HOME)
    offers = await guest.window("Move the meeting")
    yield "the offers are there"
    await guest.presses(offers.buttons[OFFERED], MODAL)
    await guest.window("Moved to")
    assert guest.spent() == 2
    await guest.home(offers.buttons[OFFERED].partition(": ")[2])
    await host.is_told("@guest moved your meeting to")
    await guest.closes()
    yield "it is moved"
    await guest.presses("Cancel", HOME)
    await guest.window("Cancel the meeting with @host?")
    await guest.submits()
    await guest.window("Cancelled.")
    assert guest.spent() == 2
    await guest.home("You have no meetings coming up")
    await host.reads("Cancelled: @host & @guest")
    await guest.closes()
    yield "it is cancelled"


async def wished(crew: Crew) -> AsyncIterator[str]:
    """None fit: an evening outside the host's hours, which the host accepts."""
    host, guest = crew.host, crew.guest
    await guest.presses("None fit", await guest.reads("@host would like to meet @guest"))
    form = await guest.window("When could you?")
    yield "the form is there"
    ack = await guest.submits(part="Evening (18–21)", note="after work")
    assert "|days|" in next(iter(_errors(ack.body)))
    yield "a day is missing"
    await guest.submits(days=[form.options("days")[WISHED]])
    await guest.window("That is outside what @host offers, so I asked.")
    question = await host.is_told("@guest could meet only outside your hours")
    assert "@guest writes: after work" in question.words
    yield "the host is asked"
    await host.presses(question.buttons[0], question)
    await host.is_told("✅ Booked with @guest", instead_of=question)
    assert host.spent() == 1
    await guest.is_told("✅ Booked with @host")
    card = await guest.reads("✅ @host & @guest")
    assert question.buttons[0].endswith(host.at(starts(card)[0]))
    guest.spent()
    await guest.closes()
    yield "it is booked"


async def set_own_hours(crew: Crew) -> AsyncIterator[str]:
    """Settings in a window: a wrong value stands at its field and loses nothing, a right one holds."""
    host = crew.host
    await host.opens_home("Your hours")
    await host.presses("Settings", HOME)
    form = await host.window("Your time, in every room")
    yield "the form is there"
    ack = await host.submits(notice="soon", line="Bring coffee.")
    (problem,) = _errors(ack.body).items()
    assert "|notice|" in problem[0]
    assert "“soon” is not a length of time" in problem[1]
    assert host.someone.modal == form
    yield "the mistake is told"
    await host.submits(notice="3 h")
    assert "notice 3 h" in (await host.window("Saved")).words
    await host.home("notice 3 h")
    await host.closes()
    host.spent()
    await host.opens_home("notice 3 h")
    await host.presses("Settings", HOME)
    kept = await host.window("Your time, in every room")
    assert "Bring coffee." in str(kept.blocks)
    await host.closes()
    host.spent()
    yield "the hours hold"


def _errors(body: object) -> dict[str, str]:
    assert isinstance(body, dict)
    assert body["response_action"] == "errors"
    return dict(body["errors"])


async def assert_mailed(site: Site, crew: Crew, *about: str) -> None:
    """Each was told each of these changes once, by a mail of their own."""
    await site.settle()
    for human in (crew.host, crew.guest):
        letters = site.letters(human.email)
        assert [str(letter["Subject"]).partition(":")[0] for letter in letters] == list(about)
        assert len({letter["Message-ID"] for letter in letters}) == len(about)
        assert {str(letter["To"]).count("@") for letter in letters} <= {1}
