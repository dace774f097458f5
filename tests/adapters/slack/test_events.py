"""Events of Slack as drafts of deliveries, and as news."""

from datetime import UTC, datetime

import pytest

from adapters.chat.slack import names
from adapters.chat.slack.events import MembersChanged, PersonChanged, Uninstalled, event
from scheduling_core.deliveries import HomeOpened, Said
from scheduling_core.refs import RoomRef
from tests.adapters.slack.filled import TEAM, Json, draft, sample


def test_a_mention_in_the_thread_of_a_card_replies_to_it() -> None:
    made = draft(event(sample("app_mention")))
    assert made.act == Said("2")
    assert made.room == RoomRef(TEAM, "C0DESIGN1", "1732438800.000100")
    ts = sample("app_mention")["event"]["ts"]
    assert (made.id, made.thread_root) == (f"eC0DESIGN1.{ts}", "C0DESIGN1:1732438800.000100")


def test_words_to_the_bot_alone_are_heard() -> None:
    made = draft(event(sample("message_im")))
    assert (made.act, made.room, made.thread_root) == (Said("fri > thu"), RoomRef(TEAM, "D0GUEST01"), "")


@pytest.mark.parametrize(
    "other",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"subtype": "channel_topic"},
        {"bot_id": "B0PARLEY1"},
        {"channel_type": "channel"},
        {"user": ""},
    ],
)
def test_edits_bots_notices_and_rooms_are_not_listened_to(other: Json) -> None:
    body = sample("message_im")
    body["event"] |= other
    assert event(body) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_words_with_a_file_or_sent_to_the_channel_too_are_words(subtype: str) -> None:
    body = sample("message_im")
    body["event"]["subtype"] = subtype
    assert draft(event(body)).act == Said("fri > thu")


def edited(minutes_later: int) -> Json:
    """The mention once more, as Slack sends it when somebody changed its words."""
    body = sample("app_mention") | {"event_id": "Ev0EVENT02"}
    said_at = int(float(body["event"]["ts"]))
    body["event_time"] = said_at + 60 * minutes_later
    body["event"] |= {"text": "<@U0PARLEY1> 3", "edited": {"user": "U0GUEST01", "ts": f"{said_at}.9"}}
    return body


def test_an_edited_mention_is_the_message_that_came_before() -> None:
    first, again = draft(event(sample("app_mention"))), draft(event(edited(minutes_later=5)))
    assert (again.id, again.digest) == (first.id, first.digest)


def test_a_mention_edited_days_later_is_left_alone() -> None:
    assert event(edited(minutes_later=3 * 24 * 60)) is None


def test_the_same_event_three_times_is_one_delivery() -> None:
    made = [draft(event(sample("app_mention"))) for _ in range(3)]
    assert len({(one.id, one.digest) for one in made}) == 1


def test_the_bots_own_page_is_a_room() -> None:
    made = draft(event(sample("app_home_opened")))
    assert (made.act, made.room) == (HomeOpened(), RoomRef(TEAM, "home:U0GUEST01"))
    assert names.is_home(made.room)
    body = sample("app_home_opened")
    body["event"]["tab"] = "messages"
    assert event(body) is None


def test_news_of_people_and_of_the_installation() -> None:
    came = sample("member_joined_channel")
    assert event(came) == MembersChanged(TEAM, "C0DESIGN1", "U0GUEST01", is_inside=True)
    came["event"]["type"] = "member_left_channel"
    assert event(came) == MembersChanged(TEAM, "C0DESIGN1", "U0GUEST01", is_inside=False)
    assert event(sample("user_change")) == PersonChanged(TEAM, "U0GUEST01")
    for name in ("app_uninstalled", "tokens_revoked"):
        at = datetime.fromtimestamp(sample(name)["event_time"], UTC)
        assert event(sample(name)) == Uninstalled(TEAM, sample(name)["event_id"], at)
    peoples_own = sample("tokens_revoked")
    peoples_own["event"]["tokens"] = {"oauth": ["U0GUEST01"], "bot": []}
    assert event(peoples_own) is None


def test_an_event_of_a_shared_channel_is_of_the_workspace_with_the_app() -> None:
    assert draft(event(sample("app_mention") | {"team_id": "T0OTHER01"})).room.workspace == TEAM


def test_an_unknown_event_means_nothing() -> None:
    body = sample("app_mention")
    body["event"]["type"] = "reaction_added"
    assert event(body) is None
