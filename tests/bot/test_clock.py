"""Whose clock it is: the question, a moment named before it is answered, and asking again."""

import re

import pytest

from tests.bot.beginnings import said
from tests.bot.town import Member, Town

LATE = "day:2026-11-26T23:30Z"
"""Thursday in Berlin no more: Friday, 00:30; in Honolulu Thursday, 13:30."""


def newcomer(town: Town, locale: str = "de-DE") -> Member:
    """A host whose platform tells no zone."""
    del town.people["u-1"]["zone"]
    town.people["u-1"]["locale"] = locale
    return town.member("u-1")


def days(offers: str) -> set[str]:
    """The days of numbered offers."""
    return set(re.findall(r"^\d · (\w+ \d+ \w+)", offers, re.MULTILINE))


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Berlin", "Fri 27 Nov"), ("Pacific/Honolulu", "Thu 26 Nov")]
)
@pytest.mark.parametrize("is_changed_first", [False, True])
async def test_a_moment_is_on_the_day_it_has_on_the_clock_chosen_afterwards(
    town: Town, zone: str, day: str, is_changed_first: bool
) -> None:
    host = newcomer(town)
    await host.types(f"/meet @guest {LATE}")
    if is_changed_first:
        await host.presses("Change…", zone=zone)
        assert days(said(await host.presses("Save and go on"))) == {day}
    await host.presses("Send invitation", zone=zone)
    assert days(town.card().text) == {day}


async def test_a_moment_is_on_its_day_where_the_host_works(town: Town) -> None:
    host = town.member("u-1")
    await host.types(f"/meet @guest {LATE}")
    await host.presses("Send invitation")
    assert "Fri 27 Nov" in town.card().text
    assert "2026-11-20 has passed" in said(await host.types("/meet @guest day:2026-11-20T10:00Z"))
