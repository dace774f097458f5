"""Who and where, as a chat platform names them: references carry the platform's own ids, never ours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class WorkspaceRef:
    """The tenant a room belongs to: a Slack team, a Discord guild, a webhook tenant.

    Attributes:
        platform: the adapter's folder name (`webhook`, `slack`, `discord`).
        workspace: the platform's id of the tenant.
    """

    platform: str
    workspace: str

    def __str__(self) -> str:
        return f"{self.platform}/{self.workspace}"


@dataclass(frozen=True, slots=True, order=True)
class RoomRef:
    """A room: a channel, a direct message or a custom room, optionally one thread in it.

    Membership belongs to the room; a thread only says where messages go.
    """

    workspace: WorkspaceRef
    room: str
    thread: str | None = None

    def __str__(self) -> str:
        return f"{self.workspace}/{self.room}" + (f"#{self.thread}" if self.thread else "")


@dataclass(frozen=True, slots=True, order=True)
class PersonRef:
    """A person, by the platform's id.

    Attributes:
        realm: where this id means this person: the workspace, or on a platform whose accounts are the same
            in all workspaces what stands for all of them. There the person is one wherever they act.
        person: the platform's id.
    """

    realm: WorkspaceRef
    person: str

    def __str__(self) -> str:
        return f"{self.realm}/@{self.person}"
