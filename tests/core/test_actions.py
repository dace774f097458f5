"""What a button means, signed into the text it carries."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.actions import MAX_ACTION_BYTES, Action, ActionCodec, ForgedAction
from scheduling_core.refs import RoomRef, WorkspaceRef

ROOM = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
CODEC = ActionCodec(b"first key")
parts = st.text("abcXYZ019_-", max_size=8)


@given(st.text("abcz_-", min_size=1, max_size=8), st.lists(parts, max_size=4))
def test_every_action_survives_the_way_there_and_back(verb: str, args: list[str]) -> None:
    action = Action(verb, tuple(args))
    assert CODEC.decode(CODEC.encode(action, ROOM), ROOM) == action


@given(st.integers(0), st.characters(codec="ascii"))
def test_a_changed_letter_is_noticed(place: int, letter: str) -> None:
    text = CODEC.encode(Action("pick", ("mAb3", "2")), ROOM)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(ForgedAction):
            CODEC.decode(changed, ROOM)


@given(st.text())
def test_text_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ForgedAction):
        CODEC.decode(text.encode(errors="replace").decode(), ROOM)


@pytest.mark.parametrize(
    "elsewhere",
    [replace(ROOM, room="room-2"), replace(ROOM, workspace=WorkspaceRef("webhook", "other"))],
)
def test_a_button_carried_to_another_room_is_refused(elsewhere: RoomRef) -> None:
    with pytest.raises(ForgedAction):
        CODEC.decode(CODEC.encode(Action("cancel"), ROOM), elsewhere)


def test_a_thread_of_the_same_room_may_report_the_press() -> None:
    text = CODEC.encode(Action("cancel"), ROOM)
    assert CODEC.decode(text, replace(ROOM, thread="t-1")) == Action("cancel")


def test_an_older_key_still_reads_but_the_newest_writes() -> None:
    both = ActionCodec(b"second key", b"first key")
    assert both.decode(CODEC.encode(Action("no"), ROOM), ROOM) == Action("no")
    assert ActionCodec(b"second key").decode(both.encode(Action("no"), ROOM), ROOM) == Action("no")
    with pytest.raises(ForgedAction):
        CODEC.decode(both.encode(Action("no"), ROOM), ROOM)


def test_an_action_that_does_not_fit_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        CODEC.encode(Action("pick", ("a" * MAX_ACTION_BYTES,)), ROOM)


@pytest.mark.parametrize(
    ("verb", "args"), [("", ()), ("a.b", ()), ("pick", ("é",)), ("pick", ("a b",)), ("x\n", ())]
)
def test_what_could_not_be_told_apart_is_no_action(verb: str, args: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        Action(verb, args)


@pytest.mark.parametrize("keys", [(), (b"",), (b"key", b"")])
def test_an_empty_key_signs_nothing(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="key"):
        ActionCodec(*keys)
