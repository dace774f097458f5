"""Mail servers that wait, refuse or are slow, and rooms that are down or gone, while the bot runs."""

from functools import partial

import pytest

from tests.processes.beginnings import asked_to_confirm, booked, invited, set_up
from tests.processes.site import Workspace, at_once

GREYLISTED = "451 4.7.1 Greylisted, try again"
UNKNOWN = "550 5.1.1 <{address}>: Recipient address rejected"


def test_a_greylisted_mail_comes_later_and_no_later_mail_overtakes_it(workspace: Workspace) -> None:
    post = workspace.site.post
    guest_address = workspace.member("u-2").email
    post.answers[guest_address] = [GREYLISTED]
    host, guest = booked(workspace)
    assert [letter.says("SEQUENCE") for letter in post.wait_for(host.email, 1)] == ["0"]
    assert not post.to(guest_address)
    guest.presses_at(0, guest.presses("Reschedule", workspace.card("✅")))
    received = post.wait_for(guest_address, 2)
    assert [letter.says("SEQUENCE") for letter in received] == ["0", "1"]
    assert post.refused.count((guest_address, GREYLISTED)) == 1
    workspace.settle()
    assert not post.doubled()


def test_a_refused_address_is_told_to_the_host_by_name_only(workspace: Workspace) -> None:
    post = workspace.site.post
    address = workspace.member("u-2").email
    post.answers[address] = [UNKNOWN.format(address=address)]
    host, guest = booked(workspace)

    def told() -> list[str]:
        return [m["text"] for m in workspace.private(host.id) if "could not be delivered" in m["text"]]

    workspace.callbacks.until(told, lambda: workspace.private(host.id))
    (text,) = told()
    assert text.startswith("The invite for @guest could not be delivered: there is no such mailbox")
    assert address not in text
    assert not [m for m in workspace.private(guest.id) if "could not be delivered" in m["text"]]
    workspace.settle()
    assert len(post.to(host.email)) == 1
    assert not post.to(address)


@pytest.mark.parametrize("status", [500, 429])
def test_a_room_that_is_down_gets_everything_later_in_order(workspace: Workspace, status: int) -> None:
    host = set_up(workspace)
    workspace.callbacks.answers.append(status)
    host.types("/meet @u-2 30")
    host.types("/meet @u-3 30")
    workspace.settle()
    assert [seen for _, seen in workspace.callbacks.refused] == [status]
    shown = [change["message"]["text"] for change in workspace.callbacks.accepted]
    assert ["@guest" in text for text in shown] == [True, False]


def test_a_room_that_is_gone_hears_nothing_until_it_speaks_again(workspace: Workspace) -> None:
    _, guest = invited(workspace)
    heard = len(workspace.callbacks.accepted)
    guest.presses("1", workspace.card())
    workspace.callbacks.answers.append(410)
    guest.presses("Confirm")
    workspace.settle()
    # The one 410 was the end: what followed in the same step was not even tried.
    assert [status for _, status in workspace.callbacks.refused] == [410]
    assert len(workspace.callbacks.accepted) == heard
    guest.types("/meet list")
    # What it missed comes with its next word, and then what follows.
    assert workspace.card("✅").revision == 2
    guest.presses_at(0, guest.presses("Reschedule"))
    workspace.callbacks.until(lambda: [seen.revision for seen in workspace.public() if seen.titles] == [3])


def test_a_delivery_sent_twice_at_once_is_done_once(workspace: Workspace) -> None:
    _, guest = asked_to_confirm(workspace)
    press = guest.press("Confirm")
    replies = at_once(*[partial(workspace.deliver, guest, press, "d-twice")] * 4)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert workspace.deliver(guest, press | {"message_id": "m_other"}, "d-twice").status == 409
    workspace.settle()
    assert len(workspace.site.post.to(guest.email)) == 1
