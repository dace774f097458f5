from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.slots_command import run

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "slots.json").read_text())["cases"]
CASE = next(case for case in CASES if case["id"] == "agree-busy-first")


def answers(*lines: str, explain_at: str | None = None) -> tuple[int, list[dict[str, Any]]]:
    written: list[str] = []
    status = run(lines, written.append, explain_at)
    assert all(text.endswith("\n") and text.count("\n") == 1 for text in written)
    return status, [json.loads(text) for text in written]


def test_every_vector_is_answered_in_order() -> None:
    status, found = answers(*map(json.dumps, CASES))
    assert status == 0
    assert found == [{"id": case["id"], "starts": case["expect_starts"]} for case in CASES]


@pytest.mark.parametrize(
    "line", ["{", "nonsense", '{"id": NaN}', "[" * 100_000, "[1]", "null", '"text"', "9" * 5000]
)
def test_a_line_that_is_no_query_is_answered_and_the_rest_goes_on(line: str) -> None:
    status, found = answers(line, json.dumps(CASE))
    assert status == 1
    assert found[0].keys() == {"id", "error"}
    assert found[0]["id"] is None
    assert found[1]["starts"] == CASE["expect_starts"]


def test_a_bad_query_is_answered_under_its_id_with_the_field() -> None:
    status, found = answers(json.dumps(CASE | {"id": 7, "duration_min": 0}))
    assert (status, found) == (1, [{"id": 7, "error": "duration_min must be at least 1, not 0"}])


def test_blank_lines_and_a_byte_order_mark_are_no_queries() -> None:
    status, found = answers("\n", "  \n", "\ufeff" + json.dumps(CASE) + "\r\n")
    assert status == 0
    assert len(found) == 1


def test_nothing_to_answer_is_no_error() -> None:
    assert answers() == (0, [])


def test_a_start_is_explained_for_each_query() -> None:
    status, found = answers(json.dumps(CASE), "{", explain_at="2027-05-03T09:00:00Z")
    assert status == 1
    assert found[0]["id"] == CASE["id"]
    assert (found[0]["offered"], found[0]["rule"]) == (False, "R8")
    assert "busy" in found[0]["because"]
    assert found[1].keys() == {"id", "error"}


def test_an_offered_start_has_no_rule() -> None:
    _, found = answers(json.dumps(CASE), explain_at="2027-05-03T11:30:00+02:00")
    assert (found[0]["offered"], found[0]["rule"]) == (True, None)


@pytest.mark.parametrize("instant", ["three o'clock", "2027-05-03T09:00:00", ""])
def test_an_instant_that_cannot_be_read_stops_before_the_first_query(instant: str) -> None:
    status, found = answers(json.dumps(CASE), explain_at=instant)
    assert status == 2
    assert "--explain needs an instant" in found[0]["error"]


def test_an_id_of_any_kind_comes_back() -> None:
    for given in ("ü", None, [1], "\ud800"):
        _, found = answers(json.dumps(CASE | {"id": given}))
        assert found[0]["id"] == given
