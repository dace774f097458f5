"""views.*: modals and the Home tab. Source of arguments and errors: docs.slack.dev, views.* methods."""

import json
from typing import Any

from tests.adapters.slack.forms import state_of, with_ids
from tests.adapters.slack.limits import view_breaches
from tests.adapters.slack.posting import decoded, refuse_breaches
from tests.adapters.slack.workspace import Person, Refusal, Team, Trigger, View, World

Json = dict[str, Any]
TRIGGER_SECONDS = 3.0
STACK = 3
VIEW_BYTES = 250_000


def checked(world: World, where: str, view: Any, kind: str) -> Json:
    """A view as it is kept: checked, with ids.

    Raises:
        Refusal: invalid_arguments with the rules, or view_too_large.
    """
    if not isinstance(view, dict):
        raise Refusal(
            "invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]}
        )
    if len(json.dumps(view)) > VIEW_BYTES:
        world.blame(where, ["view_too_large"])
        raise Refusal("view_too_large")
    refuse_breaches(world, where, view_breaches(view), "invalid_arguments")
    if view["type"] != kind:
        raise Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] must be a {kind}"]})
    return {**view, "blocks": with_ids(view["blocks"], world.mint)}


def _trigger(world: World, team: Team, args: Json) -> Trigger:
    trigger = world.triggers.get(str(args.get("trigger_id") or ""))
    if trigger is None or trigger.team is not team:
        raise Refusal("invalid_trigger_id")
    if trigger.is_used:
        raise Refusal("exchanged_trigger_id")
    if world.clock.seconds() - trigger.minted_at > TRIGGER_SECONDS:
        raise Refusal("expired_trigger_id")
    return trigger


def _new(world: World, body: Json, below: View | None) -> View:
    view_id = world.mint("V")
    root = below.root_id if below else view_id
    made = View(view_id, body, world.mint("hash."), root, below.id if below else None)
    made.entered = state_of(body["blocks"], {})
    return made


def view_object(world: World, team: Team, view: View, person: Person | None = None) -> Json:
    """A view in answers and payloads. In payloads *person* has entered something."""
    given = {name: value for name, value in view.body.items() if value is not None}
    values = state_of(view.body["blocks"], view.entered) if person else {}
    defaults = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None}
    flags = {"close": None, "submit": None, "clear_on_close": False, "notify_on_close": False}
    home_team = person.team_id if person else team.id
    return {
        "id": view.id,
        "team_id": home_team,
        **defaults,
        **flags,
        **given,
        "state": {"values": values},
        "hash": view.hash,
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": world.app.id,
        "app_installed_team_id": team.id,
        "bot_id": team.bot_id,
    }


def open_view(world: World, team: Team, args: Json) -> Json:
    """views.open: a new stack."""
    trigger = _trigger(world, team, args)
    body = _given(world, team, args, "views.open")
    trigger.is_used = True
    trigger.person.stack[:] = [_new(world, body, None)]
    return {"view": view_object(world, team, trigger.person.stack[-1])}


def push(world: World, team: Team, args: Json) -> Json:
    """views.push: onto the modal the trigger comes from."""
    trigger = _trigger(world, team, args)
    body = _given(world, team, args, "views.push")
    add(world, trigger.person, body)
    trigger.is_used = True
    return {"view": view_object(world, team, trigger.person.stack[-1])}


def add(world: World, person: Person, body: Json) -> None:
    """Lay a view on top.

    Raises:
        Refusal: no modal is open, or there are three.
    """
    if not person.stack:
        raise Refusal("not_found")
    if len(person.stack) >= STACK:
        world.blame("views.push", ["push_limit_reached"])
        raise Refusal("push_limit_reached")
    person.stack.append(_new(world, body, person.stack[-1]))


def _given(world: World, team: Team, args: Json, where: str) -> Json:
    body = checked(world, where, decoded(args, "view", "invalid_arguments"), "modal")
    external = body.get("external_id")
    taken = [view.body.get("external_id") for _, view in _open(team)]
    if external and external in taken:
        raise Refusal("duplicate_external_id")
    return body


def _open(team: Team) -> list[tuple[Person, View]]:
    return [(person, view) for person in team.people.values() for view in person.stack]


def update(world: World, team: Team, args: Json) -> Json:
    """views.update by view_id or external_id, under the hash when one is given."""
    wanted = str(args.get("view_id") or args.get("external_id") or "")
    homes = [(one, one.home[team.id]) for one in team.people.values() if team.id in one.home]
    for _, view in [*_open(team), *homes]:
        if wanted and wanted in (view.id, view.body.get("external_id")):
            _hash_fits(view, args)
            body = decoded(args, "view", "invalid_arguments")
            replace(world, view, checked(world, "views.update", body, view.body["type"]))
            return {"view": view_object(world, team, view)}
    raise Refusal("not_found")


def _hash_fits(view: View, args: Json) -> None:
    if args.get("hash") and args["hash"] != view.hash:
        raise Refusal("hash_conflict")


def replace(world: World, view: View, body: Json) -> None:
    """Another content for a view; inputs with the same ids keep what was entered."""
    view.entered = state_of(body["blocks"], view.entered)
    view.body, view.hash = body, world.mint("hash.")


def publish(world: World, team: Team, args: Json) -> Json:
    """views.publish: somebody's Home tab."""
    if not world.app.has_home_tab:
        raise Refusal("not_enabled")
    person = team.people.get(str(args.get("user_id") or ""))
    if person is None:
        raise Refusal("user_not_found")
    body = checked(world, "views.publish", decoded(args, "view", "invalid_arguments"), "home")
    home = person.home.get(team.id)
    if home is None:
        home = person.home[team.id] = _new(world, body, None)
    else:
        _hash_fits(home, args)
        replace(world, home, body)
    return {"view": view_object(world, team, home)}
