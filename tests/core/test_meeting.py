"""The state table is complete, SEQUENCE only rises, numbers are never used twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.errors import Refused
from scheduling_core.meeting import (
    STATES,
    Meeting,
    Offer,
    Phase,
    Step,
    Undo,
    WrongPhase,
    book,
    cancel,
    close,
    move,
    reopen,
    replace_lost,
    undo_move,
)
from scheduling_core.refs import RoomRef, WorkspaceRef

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
OFFERS = tuple(Offer(n, NOW + timedelta(hours=n)) for n in range(1, 6))


def a_meeting(phase: Phase = Phase.INVITING, **changes: object) -> Meeting:
    room = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
    meeting = Meeting(
        id="i1",
        room=room,
        message_id="m1",
        host="p1",
        guests=("p2",),
        anyone=False,
        length=HALF_HOUR,
        title="",
        days=(),
        offers=OFFERS,
        expires_at=NOW + timedelta(days=7),
        secret="s",
        phase=phase,
        start=LATER if phase in (Phase.CONFIRMED, Phase.CANCELLED, Phase.ENDED) else None,
    )
    return replace(meeting, **changes)  # type: ignore[arg-type]  # the tests name real fields


STEPS: dict[Step, Callable[[Meeting], Meeting]] = {
    "book": lambda m: book(m, LATER, "p2"),
    "move": lambda m: move(m, LATER, None),
    "cancel": cancel,
    "expire": lambda m: close(m, "expire"),
    "withdraw": lambda m: close(m, "withdraw"),
    "end": lambda m: close(m, "end"),
    "reopen": lambda m: reopen(m, OFFERS, LATER),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("phase", Phase)
def test_every_step_from_every_phase_is_in_the_table_or_refused(phase: Phase, step: Step) -> None:
    meeting = a_meeting(phase)
    wanted = STATES.get((phase, step))
    if wanted is None:
        with pytest.raises(WrongPhase) as refused:
            STEPS[step](meeting)
        assert refused.value.phase is phase
        assert str(refused.value).endswith(".")
    else:
        assert STEPS[step](meeting).phase is wanted


def test_the_table_names_no_step_that_cannot_be_taken() -> None:
    assert {step for _, step in STATES} == set(STEPS)


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=20))
def test_sequence_and_round_only_rise_and_every_change_is_a_revision(steps: list[Step]) -> None:
    meeting = a_meeting()
    for step in steps:
        try:
            changed = STEPS[step](meeting)
        except WrongPhase:
            continue
        assert changed.revision == meeting.revision + 1
        assert changed.sequence == meeting.sequence + (step in ("move", "cancel"))
        assert changed.round == meeting.round + (step == "reopen")
        assert (changed.id, changed.message_id, changed.secret) == ("i1", "m1", "s")
        assert (changed.start is not None) == (
            changed.phase in (Phase.CONFIRMED, Phase.CANCELLED, Phase.ENDED)
        )
        meeting = changed


def test_booking_an_open_invitation_makes_its_guest_a_participant() -> None:
    meeting = book(a_meeting(guests=(), anyone=True), LATER, "p9")
    assert meeting.participants == ("p1", "p9")
    assert not meeting.anyone


def test_whoever_confirms_first_books_for_everybody_named() -> None:
    meeting = book(a_meeting(guests=("p2", "p3")), LATER, "p3")
    assert meeting.participants == ("p1", "p2", "p3")


def test_a_meeting_without_a_time_has_no_span() -> None:
    with pytest.raises(WrongPhase):
        _ = a_meeting().span


UNDO = Undo("p2", NOW + timedelta(seconds=60), NOW)


def test_a_move_can_be_undone_by_whoever_made_it_until_the_last_second() -> None:
    moved = move(a_meeting(Phase.CONFIRMED), LATER, UNDO)
    back = undo_move(moved, "p2", UNDO.until)
    assert (back.start, back.sequence, back.undo) == (NOW, moved.sequence + 1, None)


@pytest.mark.parametrize(
    ("by", "now", "undo"),
    [
        ("p1", NOW, UNDO),
        ("p2", UNDO.until + timedelta(microseconds=1), UNDO),
        ("p2", NOW, None),
    ],
    ids=["somebody else", "too late", "nothing to undo"],
)
def test_an_undo_is_refused(by: str, now: datetime, undo: Undo | None) -> None:
    with pytest.raises(Refused, match="reschedule"):
        undo_move(move(a_meeting(Phase.CONFIRMED), LATER, undo), by, now)


def test_cancelling_closes_the_way_back() -> None:
    assert cancel(move(a_meeting(Phase.CONFIRMED), LATER, UNDO)).undo is None


starts = st.integers(0, 40).map(lambda n: NOW + n * HALF_HOUR)


@given(st.frozensets(starts), st.lists(starts, unique=True, max_size=5))
def test_lost_offers_stay_struck_and_fresh_ones_get_new_numbers(
    free: frozenset[datetime], fresh: list[datetime]
) -> None:
    before = a_meeting()
    after = replace_lost(before, free, fresh)
    numbers = [offer.number for offer in after.offers]
    assert numbers == sorted(set(numbers))
    assert [o.start for o in after.offers] == [o.start for o in before.offers] + fresh
    for old, new in zip(before.offers, after.offers, strict=False):
        assert new.open == (old.start in free)
    assert (after is before) == (after.offers == before.offers)


@given(st.frozensets(starts))
def test_a_struck_offer_never_opens_again(free: frozenset[datetime]) -> None:
    struck = replace_lost(a_meeting(), frozenset(), ())
    assert not replace_lost(struck, free, ()).open_offers()


def test_an_offer_is_found_by_its_number_open_or_not() -> None:
    struck = replace_lost(a_meeting(), frozenset({OFFERS[1].start}), ())
    found = struck.offer(1)
    assert found is not None
    assert not found.open
    assert struck.offer(9) is None
