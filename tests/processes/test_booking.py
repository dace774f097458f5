"""The main job from the first command to the last mail, as a room and two mailboxes see it."""

from collections.abc import Sequence

from tests.processes.beginnings import booked
from tests.processes.letters import Letter
from tests.processes.site import Workspace


def test_a_meeting_is_booked_moved_and_cancelled_and_each_hears_of_it_alone(workspace: Workspace) -> None:
    post = workspace.site.post
    host, guest = booked(workspace)
    for member in (host, guest):
        post.wait_for(member.email, 1)
    first_card = workspace.card("✅")
    host.presses_at(0, host.presses("Reschedule", first_card))
    for member in (host, guest):
        post.wait_for(member.email, 2)
    guest.presses("Cancel", workspace.card("✅"))
    guest.presses("Cancel meeting")
    last_card = workspace.card("Cancelled")
    letters = {member.email: post.wait_for(member.email, 3) for member in (host, guest)}
    workspace.settle()

    assert last_card.id == first_card.id
    assert len([seen for seen in workspace.public() if seen.titles]) == 1
    for address, received in letters.items():
        assert_is_the_life_of_one_meeting(received, address)
        (other,) = letters.keys() - {address}
        assert not [letter for letter in received if other.encode() in letter.every_byte.lower()]
    assert len({letter.says("UID") for received in letters.values() for letter in received}) == 2
    assert len({letter.message_id for received in letters.values() for letter in received}) == 6


def assert_is_the_life_of_one_meeting(letters: Sequence[Letter], address: str) -> None:
    """Booked, moved, cancelled: one UID, rising SEQUENCE, to this address alone."""
    assert [letter.says("SEQUENCE") for letter in letters] == ["0", "1", "2"]
    assert [letter.says("METHOD") for letter in letters] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [letter.method_in_mime for letter in letters] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({letter.says("UID") for letter in letters}) == 1
    assert {letter.recipients for letter in letters} == {(address,)}
    assert all(letter.ics.count("\nATTENDEE") == 1 for letter in letters)
    starts = [letter.says("DTSTART") for letter in letters]
    assert starts[0] != starts[1] == starts[2]
