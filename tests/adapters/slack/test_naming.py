"""Who is named and cannot be invited: nothing is recorded, and the sentence has names that people know."""

import pytest

from scheduling_core.deliveries import Command
from tests.adapters.slack.faults import ServerError
from tests.adapters.slack.harness import ROOM
from tests.adapters.slack.listening import inbox as inbox
from tests.adapters.slack.listening import side as side
from tests.adapters.slack.listening import sqlite_database as sqlite_database
from tests.adapters.slack.listening import sqlite_template as sqlite_template
from tests.adapters.slack.listening import store as store
from tests.adapters.slack.rooms import SlackSide


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("@outsider 30 the site", "@outsider is not in this channel; invite them first."),
        (
            "@guest @outsider @left",
            "@outsider is not in this channel; invite them first. "
            "@left is an app or a closed account, so I cannot invite it.",
        ),
        ("@parley 30", "I arrange the meeting but do not come along; please leave me out."),
    ],
)
async def test_who_cannot_be_invited_is_called_by_the_name_people_know(
    side: SlackSide, line: str, sentence: str
) -> None:
    team = side.slack.team
    side.slack.add_person(team, "U0OUTSIDE", "outsider")
    team.channels[ROOM].members.append(side.slack.add_person(team, "U0LEFT", "left", deleted=True).id)
    ack = await side.host.command(line, ROOM)
    assert isinstance(ack.body, dict)
    assert ack.body["text"] == sentence
    assert side.inbox.deliveries == []


async def test_of_whom_slack_tells_nothing_the_name_it_wrote_is_used(side: SlackSide) -> None:
    side.slack.add_person(side.slack.team, "U0OUTSIDE", "outsider")
    side.slack.faults.add("users.info", ServerError(), None)
    ack = await side.host.command("@outsider 30", ROOM)
    assert isinstance(ack.body, dict)
    assert ack.body["text"] == "@outsider is not in this channel; invite them first."
    await side.host.mention("@outsider 30", ROOM)
    await side.platform.stop()
    assert side.host.sees(ROOM)[-1].words == "Somebody you named is not in this channel; invite them first."


async def test_a_title_may_name_whom_nobody_invites(side: SlackSide) -> None:
    side.slack.add_person(side.slack.team, "U0OUTSIDE", "outsider")
    await side.host.command('@guest 30 "a present for @outsider"', ROOM)
    assert side.inbox.acts == [Command('/meet @U0GUEST 30 "a present for @U0OUTSIDE"')]
