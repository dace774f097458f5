from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.zones import (
    Resolved,
    offsets,
    resolve,
    suggest_zones,
    to_instant,
    to_wall,
    tzdata_version,
    use_bundled_tzdata,
    zone,
    zone_named,
    zone_names,
)

SOME_ZONES = ("Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def epoch(text: str) -> int:
    return int(utc(text).timestamp())


def test_an_ordinary_time_is_exact() -> None:
    assert resolve("Europe/Berlin", wall("2026-11-24T09:00")) == Resolved(utc("2026-11-24T08:00"), "exact")


def test_a_skipped_time_moves_forward() -> None:
    assert resolve("America/New_York", wall("2028-03-12T02:30")) == Resolved(utc("2028-03-12T07:30"), "gap")
    assert to_wall("America/New_York", utc("2028-03-12T07:30")).hour == 3


def test_a_repeated_time_is_the_earlier_one() -> None:
    assert resolve("Europe/London", wall("2026-10-25T01:30")) == Resolved(utc("2026-10-25T00:30"), "fold")


def test_half_an_hour_can_be_skipped() -> None:
    assert resolve("Australia/Lord_Howe", wall("2024-10-06T02:15")).was == "gap"
    assert resolve("Australia/Lord_Howe", wall("2024-10-06T02:30")).was == "exact"


def test_a_time_on_a_date_that_never_was_moves_to_the_next_date() -> None:
    found = resolve("Pacific/Apia", wall("2011-12-30T09:00"))
    assert found.was == "gap"
    assert to_wall("Pacific/Apia", found.instant).date().isoformat() == "2011-12-31"


def test_a_wall_clock_time_must_not_carry_a_zone() -> None:
    with pytest.raises(ValueError, match="carries no zone"):
        to_instant("UTC", utc("2026-01-01T00:00"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("Sao Paulo", "America/Sao_Paulo"),
        ("europe/london", "Europe/London"),
    ],
)
def test_an_unknown_zone_is_named_with_a_close_one(typed: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"“{typed}” is not .*{meant}"):
        zone(typed)


@pytest.mark.parametrize("typed", ["", "../etc/passwd", "Europe", "nowhere at all", "/UTC", "x" * 5000, "\0"])
def test_what_is_no_zone_is_refused_in_one_short_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a time zone") as refused:
        zone(typed)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("berlin", "Europe/Berlin"),
        (" New  York ", "America/New_York"),
        ("america new york", "America/New_York"),
        ("são paulo", "America/Sao_Paulo"),
        ("utc", "UTC"),
        ("Etc/GMT-5", "Etc/GMT-5"),
        ("GMT-5", None),
        ("Indianapolis", None),
        ("Europe", None),
        ("Berlim", None),
        ("", None),
    ],
)
def test_a_zone_is_known_by_its_name_or_by_its_city_alone(typed: str, meant: str | None) -> None:
    assert zone_named(typed) == meant


def test_suggestions_are_few() -> None:
    assert suggest_zones("qqqqqqqq") == ()
    assert len(suggest_zones("america")) <= 3


def test_the_bundled_data_has_a_version() -> None:
    assert use_bundled_tzdata() == tzdata_version()
    assert tzdata_version() >= "2026"
    assert "Europe/Kyiv" in zone_names()


@given(st.sampled_from(SOME_ZONES), st.integers(epoch("1990-01-01"), epoch("2040-01-01")))
def test_the_offset_table_agrees_with_zoneinfo(name: str, instant: int) -> None:
    local = datetime.fromtimestamp(instant, zone(name))
    table = offsets(name, instant, instant)
    assert timedelta(seconds=table.at(instant)) == local.utcoffset()
    assert table.day(instant) == local.date().toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def test_a_wall_span_over_a_fold_comes_twice_and_over_a_gap_is_shorter() -> None:
    table = offsets("Europe/London", epoch("2026-01-01"), epoch("2026-12-01"))
    repeated = table.instants((epoch("2026-10-25T01:00"), epoch("2026-10-25T01:30")))
    assert repeated == [
        (epoch("2026-10-25T00:00"), epoch("2026-10-25T00:30")),
        (epoch("2026-10-25T01:00"), epoch("2026-10-25T01:30")),
    ]
    assert table.instants((epoch("2026-03-29T01:00"), epoch("2026-03-29T02:00"))) == []


def test_times_outside_the_known_years_are_refused() -> None:
    with pytest.raises(ValueError, match="1900 to 2200"):
        offsets("UTC", epoch("1500-01-01"), epoch("1500-01-02"))


def test_no_two_changes_of_offset_are_nearer_than_the_probing_step() -> None:
    """The table is found by probing every three days; that is exact only while this holds."""
    assert min(min(_gaps(name), default=10**9) for name in zone_names()) > 2 * 3 * 86_400


def _gaps(name: str) -> list[int]:
    changes = _changes(resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes())
    return [later - earlier for earlier, later in pairwise(changes)]


def _changes(data: bytes) -> list[int]:
    """The instants at which the offset changes, from a TZif file. Source: RFC 9636 section 3."""
    isut, isstd, leap, times, types, letters = struct.unpack(">6l", data[20:44])
    second = 44 + times * 5 + types * 6 + letters + leap * 8 + isstd + isut
    _, _, _, times, types, _ = struct.unpack(">6l", data[second + 20 : second + 44])
    body = second + 44
    instants = struct.unpack(f">{times}q", data[body : body + 8 * times])
    kinds = data[body + 8 * times : body + 9 * times]
    table = body + 9 * times
    known = [struct.unpack(">l", data[table + 6 * k : table + 6 * k + 4])[0] for k in range(types)]
    changed, previous = [], known[0]
    for instant, kind in zip(instants, kinds, strict=True):
        if known[kind] != previous:
            changed.append(instant)
            previous = known[kind]
    return changed
