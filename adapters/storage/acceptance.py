"""What a delivery tells about its people and its room, merged into what is known.

The usual delivery tells nothing new: it costs one insert and one query.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, select, true, union

from adapters.storage import payloads, rows, tables
from adapters.storage.records import HAS_MISSED, missed_in, take_missed
from adapters.storage.secrets import Vault
from adapters.storage.statements import inserting, is_postgresql, listed, matches, noticing, same
from scheduling_core.deliveries import Delivery, Profile, RoomView
from scheduling_core.people import Person
from scheduling_core.ports import Acceptance, Job, Known, Mismatch, Repeat
from scheduling_core.refs import PersonRef

_BATCH = 500
"""Rows in one INSERT: SQLite takes at most 32,766 parameters in one statement."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was known before the delivery.

    Attributes:
        people: the actor, everybody listed and everybody known to be in the room, by platform id.
        inside: person ids of the room's members.
        is_complete: the room's whole list is known.
        is_stopped: the workspace wanted nothing more.
        has_missed: something of ours is not shown in the room.
    """

    people: dict[PersonRef, Person]
    inside: frozenset[str]
    is_complete: bool
    is_stopped: bool
    has_missed: bool


class Acceptor:
    """Records one delivery inside the caller's transaction.

    Args:
        new_id: makes the id of a person met for the first time.
    """

    def __init__(self, conn: Connection, vault: Vault, new_id: Callable[[], str], delivery: Delivery) -> None:
        self._conn = conn
        self._vault = vault
        self._new_id = new_id
        self._delivery = delivery
        self._room = rows.room_key(delivery.room.ref)
        self._workspace = rows.workspace_key(delivery.room.ref.workspace)

    def accept(self, catch_up: Job | None, enqueue: Callable[[Job], None]) -> Acceptance:
        """See `Transaction.accept`."""
        if not self._is_recorded_now():
            return self._known_before()
        profiles = _profiles(self._delivery)
        facts = self._facts(list(profiles))
        begins_again = facts.is_stopped and self._begins_again()
        if facts.is_stopped and not begins_again:
            # Somebody else took the mark away: the workspace may have been forgotten since we looked.
            facts = self._facts(list(profiles))
        has_missed = facts.has_missed and take_missed(self._conn, self._delivery.room.ref)
        if catch_up is not None and (begins_again or has_missed):
            enqueue(catch_up)
        people = facts.people | self._save(profiles.values(), facts.people)
        inside = self._save_members(facts, people)
        actor = people[self._delivery.actor.ref]
        return Known(actor, actor.id in inside, {p.id: p for p in people.values() if p.id in inside})

    def _begins_again(self) -> bool:
        stopped = delete(tables.stopped).where(matches(tables.stopped, self._workspace))
        return bool(self._conn.execute(stopped).rowcount)

    def _is_recorded_now(self) -> bool:
        row = {
            **self._workspace,
            "delivery": self._delivery.id,
            "digest": self._delivery.digest,
            "received_at": self._delivery.received_at,
            "payload": self._vault.seal(payloads.delivery_text(self._delivery)),
        }
        statement = noticing(is_postgresql(self._conn), tables.deliveries, "delivery")
        return self._conn.execute(statement, row).first() is not None

    def _known_before(self) -> Repeat | Mismatch:
        key = {**self._workspace, "delivery": self._delivery.id}
        query = select(tables.deliveries).where(matches(tables.deliveries, key))
        row = self._conn.execute(query).one()
        if row.digest != self._delivery.digest:
            return Mismatch()
        if row.answer is None:
            return Repeat(None)
        return Repeat(payloads.answer_from_text(self._vault.open(row.answer)))

    def _facts(self, refs: Sequence[PersonRef]) -> _Facts:
        # Somebody of another realm is not found, and then saved like somebody new: the same row.
        realm = self._delivery.actor.ref.realm
        told = {"realm": realm.workspace, "accounts": [ref.person for ref in refs]}
        missed = missed_in(self._delivery.room.ref)
        found = self._conn.execute(_FACTS, {**self._room, **told, **missed}).all()
        people = [(row, rows.person(row, self._vault)) for row in found if row.id is not None]
        return _Facts(
            people={person.ref: person for _, person in people},
            inside=frozenset(person.id for row, person in people if row.is_inside),
            is_complete=found[0].is_complete,
            is_stopped=found[0].is_stopped,
            has_missed=found[0].has_missed,
        )

    def _save(self, profiles: Iterable[Profile], people: dict[PersonRef, Person]) -> dict[PersonRef, Person]:
        news = [p for p in profiles if p.ref not in people or _merged(people[p.ref], p) != people[p.ref]]
        # Every process takes the rows in the same order, so that two of them cannot wait for each other.
        news.sort(key=lambda profile: profile.ref)
        saved = [
            row for start in range(0, len(news), _BATCH) for row in self._upsert(news[start : start + _BATCH])
        ]
        return {person.ref: person for person in (rows.person(row, self._vault) for row in saved)}

    def _upsert(self, profiles: Sequence[Profile]) -> Sequence[Row[Any]]:
        statement = inserting(self._conn, tables.persons).values([self._columns(p) for p in profiles])
        new, old = statement.excluded, tables.persons.c
        merged = {name: func.coalesce(new[name], old[name]) for name in ("zone", "locale", "email")}
        name = func.coalesce(func.nullif(new.name, ""), old.name)
        upsert = statement.on_conflict_do_update(
            index_elements=["platform", "realm", "account"], set_={"name": name, **merged}
        )
        saved: Sequence[Row[Any]] = self._conn.execute(upsert.returning(tables.persons)).all()
        return saved

    def _columns(self, profile: Profile) -> rows.Columns:
        person = Person(
            self._new_id(), profile.ref, profile.name, profile.zone, profile.locale, profile.email
        )
        return rows.person_columns(person, self._vault)

    def _save_members(self, facts: _Facts, people: dict[PersonRef, Person]) -> frozenset[str]:
        room = self._delivery.room
        inside = frozenset(people[profile.ref].id for profile in _listed(room))
        actor = frozenset([people[self._delivery.actor.ref].id])
        if room.members is None:
            inside |= facts.inside if facts.is_complete else facts.inside | actor
        elif not facts.is_complete:
            complete = inserting(self._conn, tables.rooms).values(self._room)
            self._conn.execute(complete.on_conflict_do_nothing())
        if not room.admits_actor:
            inside -= actor
        self._remove(facts.inside - inside)
        self._add(inside - facts.inside)
        return inside

    def _remove(self, people: frozenset[str]) -> None:
        if people:
            gone = tables.memberships.c.person.in_(people)
            inside = matches(tables.memberships, self._room)
            self._conn.execute(delete(tables.memberships).where(inside, gone))

    def _add(self, people: frozenset[str]) -> None:
        new = [{**self._room, "person": person} for person in sorted(people)]
        for start in range(0, len(new), _BATCH):
            statement = inserting(self._conn, tables.memberships).values(new[start : start + _BATCH])
            self._conn.execute(statement.on_conflict_do_nothing())


def _listed(room: RoomView) -> Sequence[Profile]:
    """Who is in the room, as far as the platform said."""
    return room.people if room.members is None else room.members


def _profiles(delivery: Delivery) -> dict[PersonRef, Profile]:
    """Everybody the delivery speaks of, once; the actor's own words count most."""
    profiles = {profile.ref: profile for profile in _listed(delivery.room)}
    actor, listed = delivery.actor, profiles.get(delivery.actor.ref)
    if listed is not None:
        actor = replace(
            actor,
            zone=actor.zone or listed.zone,
            locale=actor.locale or listed.locale,
            email=actor.email or listed.email,
        )
    return {**profiles, actor.ref: actor}


def _merged(person: Person, profile: Profile) -> Person:
    return replace(
        person,
        name=profile.name or person.name,
        zone=profile.zone or person.zone,
        locale=profile.locale or person.locale,
        email=profile.email or person.email,
    )


def _facts() -> Select[Any]:
    persons, person = tables.persons, tables.persons.c
    here = ("platform", "workspace")
    told = select(person.id).where(same(persons, "platform", "realm"), person.account.in_(listed("accounts")))
    members = select(tables.memberships.c.person).where(same(tables.memberships, *here, "room"))
    # From the few ids to their rows: joined the other way, SQLite reads the whole table.
    involved = union(told, members).subquery()
    found = persons.join(involved, person.id == involved.c.id)
    is_complete = exists().where(same(tables.rooms, *here, "room"))
    is_stopped = exists().where(same(tables.stopped, *here))
    always = select(
        is_complete.label("is_complete"), is_stopped.label("is_stopped"), HAS_MISSED.label("has_missed")
    ).subquery()
    return select(always, persons, person.id.in_(members).label("is_inside")).select_from(
        always.outerjoin(found, true())
    )


_FACTS = _facts()
