"""response_url: five uses within thirty minutes, and the only way to edit an ephemeral.

Source: docs.slack.dev, "Handling user interaction", message responses.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.adapters.slack.conversations import truth
from tests.adapters.slack.posting import content
from tests.adapters.slack.workspace import Channel, Message, Person, Refusal, Team, World

Json = dict[str, Any]
USES = 5
LIFE_SECONDS = 30 * 60


@dataclass(slots=True)
class ResponseUrl:
    """One address.

    Attributes:
        original: the message it came from, or the last one made through it.
    """

    team: Team
    person: Person
    channel_id: str
    minted_at: float
    original: Message | None = None
    uses: int = 0


@dataclass(slots=True)
class ResponseUrls:
    """All that were minted, by path."""

    world: World
    known: dict[str, ResponseUrl] = field(default_factory=dict)

    def mint(self, kind: str, team: Team, person: Person, channel_id: str, original: Message | None) -> str:
        """An absolute address, `/commands/…` or `/actions/…`."""
        path = f"/{kind}/{team.id}/{self.world.mint('')}/{self.world.mint('x')}"
        minted_at = self.world.clock.seconds()
        self.known[path] = ResponseUrl(team, person, channel_id, minted_at, original)
        return self.world.address + path

    def use(self, path: str, args: Json) -> None:
        """What a POST there does.

        Raises:
            Refusal: not_found, used_url, expired_url, or what is wrong with the message.
        """
        url = self.known.get(path)
        if url is None:
            raise Refusal("not_found")
        if self.world.clock.seconds() - url.minted_at > LIFE_SECONDS:
            raise Refusal("expired_url")
        if url.uses >= USES:
            raise Refusal("used_url")
        url.uses += 1
        self.respond(url, args)

    def respond(self, url: ResponseUrl, args: Json) -> None:
        """Show, replace or delete."""
        if truth(args.get("delete_original")):
            self._remove(url)
            return
        given = content(self.world, "response_url", args)
        if not given.get("text") and not given.get("blocks"):
            raise Refusal("no_text")
        if truth(args.get("replace_original")) and url.original:
            original = url.original
            original.blocks = []
            for name, value in given.items():
                setattr(original, name, value)
            return
        given["thread_ts"] = args.get("thread_ts")
        url.original = self._show(url, args.get("response_type"), given)

    def _show(self, url: ResponseUrl, response_type: Any, given: Json) -> Message:
        if response_type == "in_channel":
            return self.world.post(url.team, self._channel(url), **given)
        given.pop("metadata", None)
        return self.world.whisper(url.team, url.channel_id, url.person, **given)

    def _remove(self, url: ResponseUrl) -> None:
        if url.original is None:
            return
        if url.original.reader:
            url.person.ephemerals[:] = [one for one in url.person.ephemerals if one is not url.original]
        else:
            self._channel(url).messages.pop(url.original.ts, None)

    def _channel(self, url: ResponseUrl) -> Channel:
        return url.team.channels[url.channel_id]
