"""Events of Slack as drafts of deliveries, and as news."""

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
    assert (made.id, made.thread_root) == ("eEv0EVENT01", "C0DESIGN1:1732438800.000100")


def test_words_to_the_bot_alone_are_heard() -> None:
    made = draft(event(sample("message_im")))
    assert (made.act, made.room, made.thread_root) == (Said("fri > thu"), RoomRef(TEAM, "D0GUEST01"), "")


@pytest.mark.parametrize(
    "other",
    [{"subtype": "message_changed"}, {"bot_id": "B0PARLEY1"}, {"channel_type": "channel"}, {"user": ""}],
)
def test_edits_bots_and_rooms_are_not_listened_to(other: Json) -> None:
    body = sample("message_im")
    body["event"] |= other
    assert event(body) is None


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
    assert event(sample("member_joined_channel")) == MembersChanged(TEAM, "C0DESIGN1", "U0GUEST01")
    assert event(sample("user_change")) == PersonChanged(TEAM, "U0GUEST01")
    assert event(sample("app_uninstalled")) == Uninstalled(TEAM)
    assert event(sample("tokens_revoked")) == Uninstalled(TEAM)
    peoples_own = sample("tokens_revoked")
    peoples_own["event"]["tokens"] = {"oauth": ["U0GUEST01"], "bot": []}
    assert event(peoples_own) is None


def test_an_event_of_a_shared_channel_is_of_the_workspace_with_the_app() -> None:
    assert draft(event(sample("app_mention") | {"team_id": "T0OTHER01"})).room.workspace == TEAM


def test_an_unknown_event_means_nothing() -> None:
    body = sample("app_mention")
    body["event"]["type"] = "reaction_added"
    assert event(body) is None
