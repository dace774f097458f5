"""How far a story has come before a test begins."""

from tests.processes.site import Member, Workspace


def set_up(workspace: Workspace, person: str = "u-1", room: str = "room-1") -> Member:
    """Somebody whose rules are the defaults."""
    member = workspace.member(person, room)
    member.types("/meet settings")
    member.presses("Save")
    return member


def invited(workspace: Workspace, text: str = "/meet @u-2 30 logo review") -> tuple[Member, Member]:
    """Host and guest, the invitation on its card."""
    host = set_up(workspace)
    host.types(text)
    workspace.card("@host would like to meet")
    return host, workspace.member("u-2")


def asked_to_confirm(workspace: Workspace) -> tuple[Member, Member]:
    """Host and guest; the guest has the private Confirm before them."""
    host, guest = invited(workspace)
    guest.presses("1", workspace.card())
    return host, guest


def booked(workspace: Workspace) -> tuple[Member, Member]:
    """Host and guest with a meeting at the first offer, known everywhere."""
    host, guest = asked_to_confirm(workspace)
    guest.presses("Confirm")
    workspace.card("✅")
    return host, guest
