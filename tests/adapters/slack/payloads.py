"""What Slack sends to an app. Pure.

Written after the request bodies in bolt-python's scenario tests and the json-logs samples of java-slack-sdk.
"""

import html
import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from tests.adapters.slack.workspace import CHANNEL_TYPES, Channel, Person, Team, World

Json = dict[str, Any]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One payload for the app.

    Attributes:
        kind: the type of its Socket Mode envelope.
    """

    kind: Literal["slash_commands", "interactive", "events_api"]
    body: Json

    def over_http(self) -> tuple[bytes, str]:
        """The body of its HTTP request, and the content type."""
        match self.kind:
            case "slash_commands":
                return urlencode(self.body).encode(), FORM
            case "interactive":
                return f"payload={quote(json.dumps(self.body))}".encode(), FORM
            case _:
                return json.dumps(self.body).encode(), "application/json"


def escaped(text: str, team: Team, *, with_names: bool) -> str:
    """What people type as Slack hands it on: `@guest` becomes `<@U2|guest>`, or `<@U2>` in messages."""
    people = {one.name: one.id for one in team.people.values()}
    rooms = {one.name: one.id for one in team.channels.values()}

    def known(found: "re.Match[str]") -> str:
        names = people if found[1] == "@" else rooms
        if found[2] not in names:
            return found[0]
        label = f"|{found[2]}" if with_names else ""
        return f"<{found[1]}{names[found[2]]}{label}>"

    return re.sub(r"(?<!\S)([@#])([\w-]+)", known, html.escape(text, quote=False))


def slash_command(
    world: World, team: Team, person: Person, channel: Channel, word: str, text: str, response_url: str
) -> Incoming:
    """A slash command."""
    name = channel.name if channel.kind in ("public", "mpim") else {"im": "directmessage"}.get(channel.kind)
    body = {
        "token": world.app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": name or "privategroup",
        "user_id": person.id,
        "user_name": person.name,
        "command": word,
        "text": escaped(text, team, with_names=True),
        "api_app_id": world.app.id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": world.trigger(team, person),
    }
    return Incoming("slash_commands", body)


def interaction(world: World, team: Team, person: Person, kind: str, **more: Any) -> Incoming:
    """A block_actions, view_submission, view_closed or block_suggestion."""
    whole = {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": world.app.id,
        "token": world.app.verification_token,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        **more,
    }
    return Incoming("interactive", whole)


def event(world: World, team: Team, person: Person | None, channel: Channel | None, event: Json) -> Incoming:
    """An event of the Events API; in a shared channel `team_id` is where it happened."""
    is_shared = channel is not None and len(channel.team_ids) > 1
    installed = {
        "enterprise_id": None,
        "team_id": team.id,
        "user_id": team.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    body = {
        "token": world.app.verification_token,
        "team_id": person.team_id if person and is_shared else team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": world.app.id,
        "event": {**event, "event_ts": event.get("ts") or world.ts()},
        "type": "event_callback",
        "event_id": world.mint("Ev"),
        "event_time": int(world.clock.seconds()),
        "authorizations": [installed],
        "is_ext_shared_channel": is_shared,
        "event_context": world.mint("4-"),
    }
    return Incoming("events_api", body)


def said(world: World, person: Person, channel: Channel, text: str, ts: str, thread_ts: str | None) -> Json:
    """What app_mention and message events share."""
    whole: Json = {
        "user": person.id,
        "text": text,
        "ts": ts,
        "channel": channel.id,
        "team": person.team_id,
        "client_msg_id": world.mint("msg-"),
    }
    if thread_ts:
        parent = channel.messages.get(thread_ts)
        whole |= {"thread_ts": thread_ts, "parent_user_id": parent.user if parent else None}
    if len(channel.team_ids) > 1:
        whole |= {"user_team": person.team_id, "source_team": person.team_id}
    return whole


def message_event_name(channel: Channel) -> str:
    """Which subscription a message in this conversation falls under."""
    return {"channel": "message.channels", "group": "message.groups"}.get(
        CHANNEL_TYPES[channel.kind], f"message.{channel.kind}"
    )
