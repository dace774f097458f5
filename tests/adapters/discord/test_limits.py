"""Each rule about payloads catches what breaks it, and lets through what does not."""

from typing import Any

import pytest

from tests.adapters.discord.components import modal_breaches
from tests.adapters.discord.limits import (
    EPHEMERAL,
    IS_COMPONENTS_V2,
    message_breaches,
)
from tests.adapters.discord.shapes import Breach, form_errors

Json = dict[str, Any]


def button(**about: Any) -> Json:
    return {"type": 2, "style": 1, "label": "1", "custom_id": "b1", **about}


def option(value: str = "1", **about: Any) -> Json:
    return {"label": value, "value": value, **about}


def select(**about: Any) -> Json:
    return {"type": 3, "custom_id": "s1", "options": [option()], **about}


def row(*inside: Json) -> Json:
    return {"type": 1, "components": list(inside)}


def text(words: str = "Hello") -> Json:
    return {"type": 10, "content": words}


def label(inside: Json, **about: Any) -> Json:
    return {"type": 18, "label": "Topic", "component": inside, **about}


def typed(**about: Any) -> Json:
    return {"type": 4, "style": 1, "custom_id": "t1", **about}


def buttons(count: int) -> list[Json]:
    return [button(custom_id=f"b{number}") for number in range(count)]


def v1(*rows: Json) -> Json:
    return {"content": "x", "components": list(rows)}


def v2(*components: Json, **about: Any) -> Json:
    return {"flags": IS_COMPONENTS_V2, "components": list(components), **about}


def container(*inside: Json) -> Json:
    return {"type": 17, "components": list(inside)}


def section(accessory: Json, *inside: Json) -> Json:
    return {"type": 9, "components": list(inside or (text(),)), "accessory": accessory}


def embed(**about: Any) -> Json:
    return {"embeds": [about]}


FIELD = {"name": "When", "value": "Now"}
GOOD = {
    "words": {"content": "x" * 2000, "tts": False},
    "five rows of five": v1(*(row(*[button(custom_id=f"{x}{y}") for y in range(5)]) for x in range(5))),
    "a link": v1(row({"type": 2, "style": 5, "label": "Open", "url": "https://example.com/a"})),
    "an emoji": v1(row({"type": 2, "style": 2, "emoji": {"name": "📅", "id": None}, "custom_id": "more"})),
    "25 options": v1(row(select(options=[option(str(one)) for one in range(25)], max_values=25))),
    "people": v1(row({"type": 5, "custom_id": "who", "max_values": 3})),
    "an embed": embed(title="T" * 256, description="d" * 4096, fields=[FIELD] * 25, color=0xFFFFFF),
    "nobody is called": {"content": "@everyone", "allowed_mentions": {"parse": [], "replied_user": False}},
    "a card": v2(
        container(text("### Times"), row(*buttons(5)), {"type": 14}, section(button(custom_id="x")))
    ),
    "private": {"content": "x", "flags": EPHEMERAL},
}
BAD: dict[str, tuple[Json, str]] = {
    "long words": ({"content": "x" * 2001}, "content"),
    "words that are none": ({"content": 7}, "content"),
    "six rows": (v1(*(row(button(custom_id=str(one))) for one in range(6))), "components"),
    "six buttons": (v1(row(*buttons(6))), "components.0.components"),
    "an empty row": (v1(row()), "components.0.components"),
    "no row": (v1(button()), "components.0.type"),
    "a select beside a button": (v1(row(select(), button())), "components.0.components"),
    "two selects": (v1(row(select(), select(custom_id="s2"))), "components.0.components"),
    "the same id twice": (v1(row(button()), row(button())), "components.1.components.0.custom_id"),
    "a long id": (v1(row(button(custom_id="x" * 101))), "components.0.components.0.custom_id"),
    "an empty id": (v1(row(button(custom_id=""))), "components.0.components.0.custom_id"),
    "no id": (v1(row({"type": 2, "style": 1, "label": "1"})), "components.0.components.0.custom_id"),
    "a long label": (v1(row(button(label="x" * 81))), "components.0.components.0.label"),
    "no label": (v1(row({"type": 2, "style": 1, "custom_id": "b"})), "components.0.components.0.label"),
    "an empty label": (v1(row(button(label=""))), "components.0.components.0.label"),
    "no emoji": (v1(row(button(emoji={"name": "⋯"}))), "components.0.components.0.emoji.name"),
    "no such style": (v1(row(button(style=7))), "components.0.components.0.style"),
    "a link with an id": (
        v1(row(button(style=5, url="https://x.org"))),
        "components.0.components.0.custom_id",
    ),
    "a button with a link": (v1(row(button(url="https://x.org"))), "components.0.components.0.url"),
    "a link to a script": (
        v1(row({"type": 2, "style": 5, "label": "x", "url": "javascript:x"})),
        "components.0.components.0.url",
    ),
    "a long link": (
        v1(row({"type": 2, "style": 5, "label": "x", "url": "https://x.org/" + "x" * 500})),
        "components.0.components.0.url",
    ),
    "26 options": (
        v1(row(select(options=[option(str(n)) for n in range(26)]))),
        "components.0.components.0.options",
    ),
    "no options": (v1(row(select(options=[]))), "components.0.components.0.options"),
    "the same value twice": (
        v1(row(select(options=[option(), option()]))),
        "components.0.components.0.options.1.value",
    ),
    "a long option": (
        v1(row(select(options=[option(label="x" * 101)]))),
        "components.0.components.0.options.0.label",
    ),
    "a long description": (
        v1(row(select(options=[option(description="x" * 101)]))),
        "components.0.components.0.options.0.description",
    ),
    "a long placeholder": (v1(row(select(placeholder="x" * 151))), "components.0.components.0.placeholder"),
    "more values than options": (v1(row(select(max_values=2))), "components.0.components.0.max_values"),
    "two defaults of one": (
        v1(row(select(options=[option("1", default=True), option("2", default=True)]))),
        "components.0.components.0.options",
    ),
    "a text input": (v1(row(typed(label="x"))), "components.0.components.0.type"),
    "v2 without its flag": (v1(text()), "components.0.type"),
    "v2 with words": (v2(text(), content="x"), "content"),
    "v2 with embeds": (v2(text(), embeds=[{"title": "x"}]), "embeds"),
    "v2 without components": ({"flags": IS_COMPONENTS_V2}, "components"),
    "a bare button": (v2(button()), "components.0.type"),
    "41 components": (v2(*(text() for _ in range(41))), "components"),
    "41 nested ones": (
        v2(container(*(text() for _ in range(20))), container(*(text() for _ in range(19)))),
        "components",
    ),
    "4,001 characters": (v2(text("x" * 2001), text("x" * 2000)), "components"),
    "a container in a container": (v2(container(container(text()))), "components.0.components.0.type"),
    "four texts in a section": (v2(section(button(), *[text()] * 4)), "components.0.components"),
    "a select at a section": (v2(section(select())), "components.0.accessory.type"),
    "the same number twice": (v2({**text(), "id": 3}, {**text(), "id": 3}), "components.1.id"),
    "eleven embeds": ({"embeds": [{"title": "x"}] * 11}, "embeds"),
    "an empty embed": (embed(color=1), "embeds.0.description"),
    "a long title": (embed(title="x" * 257), "embeds.0.title"),
    "a long text": (embed(description="x" * 4097), "embeds.0.description"),
    "26 fields": (embed(fields=[FIELD] * 26), "embeds.0.fields"),
    "an empty field": (embed(fields=[{"name": "When", "value": ""}]), "embeds.0.fields.0.value"),
    "a long field": (embed(fields=[{"name": "x" * 257, "value": "x"}]), "embeds.0.fields.0.name"),
    "a long footer": (embed(title="x", footer={"text": "x" * 2049}), "embeds.0.footer.text"),
    "a long author": (embed(title="x", author={"name": "x" * 257}), "embeds.0.author.name"),
    "a colour that is none": (embed(title="x", color=0x1000000), "embeds.0.color"),
    "a time that is none": (embed(title="x", timestamp="tomorrow"), "embeds.0.timestamp"),
    "6,001 characters": ({"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}, "embeds"),
    "a long nonce": ({"content": "x", "nonce": "x" * 26}, "nonce"),
    "everybody and somebody": (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions.users",
    ),
    "mentions of nothing": (
        {"content": "x", "allowed_mentions": {"parse": ["here"]}},
        "allowed_mentions.parse.0",
    ),
}


def where(breaches: list[Breach]) -> list[str]:
    return [".".join(map(str, breach.path)) for breach in breaches]


@pytest.mark.parametrize("payload", GOOD.values(), ids=GOOD)
def test_what_is_allowed_passes(payload: Json) -> None:
    assert message_breaches(payload, "answer") == []


@pytest.mark.parametrize(("payload", "path"), BAD.values(), ids=BAD)
def test_a_bad_message_is_told_where(payload: Json, path: str) -> None:
    found = message_breaches(payload, "send")
    assert path in where(found)
    assert not any(breach.is_ignored for breach in found)


def test_a_message_of_components_stays_one() -> None:
    before = {"flags": IS_COMPONENTS_V2, "components": [text()]}
    assert where(message_breaches({"content": "x"}, "edit", before)) == ["content"]
    assert where(message_breaches({"components": []}, "edit", before)) == ["components"]
    assert message_breaches({"components": [text("new")]}, "edit", before) == []
    assert where(message_breaches(v2(text()), "edit", {"content": "x"})) == ["content"]
    assert message_breaches(v2(text(), content=None), "edit", {"content": "x"}) == []


def test_what_discord_overlooks_is_written_down_all_the_same() -> None:
    (unknown,) = message_breaches({"content": "x", "colour": 1}, "send")
    (useless,) = message_breaches({"content": "x", "flags": EPHEMERAL}, "send")
    assert unknown.is_ignored
    assert useless.is_ignored
    assert str(unknown) == "colour: There is no such field [UNKNOWN_FIELD]"


MODAL = {"custom_id": "m", "title": "Topic"}
BAD_MODALS: dict[str, tuple[Json, str]] = {
    "a long title": ({"title": "x" * 46}, "title"),
    "no title": ({"title": None}, "title"),
    "six components": ({"components": [label(typed(custom_id=str(one))) for one in range(6)]}, "components"),
    "none": ({"components": []}, "components"),
    "a long label": ({"components": [label(typed(), label="x" * 46)]}, "components.0.label"),
    "two labels": ({"components": [label(typed(label="x"))]}, "components.0.component.label"),
    "a button": ({"components": [row(button())]}, "components.0.components.0.type"),
    "a button in a label": ({"components": [label(button())]}, "components.0.component.type"),
    "a row without label": ({"components": [row(typed())]}, "components.0.components.0.label"),
    "two in a row": (
        {"components": [row(typed(label="x"), typed(label="y", custom_id="t2"))]},
        "components.0.components",
    ),
    "a long placeholder": (
        {"components": [label(typed(placeholder="x" * 101))]},
        "components.0.component.placeholder",
    ),
    "a long value": ({"components": [label(typed(value="x" * 4001))]}, "components.0.component.value"),
    "shorter than short": (
        {"components": [label(typed(min_length=9, max_length=3))]},
        "components.0.component.min_length",
    ),
    "the same id twice": (
        {"components": [label(typed()), label(typed())]},
        "components.1.component.custom_id",
    ),
    "a grey select": ({"components": [label(select(disabled=True))]}, "components.0.component.disabled"),
    "one radio button": (
        {"components": [label({"type": 21, "custom_id": "r", "options": [option()]})]},
        "components.0.component.options",
    ),
    "eleven boxes": (
        {
            "components": [
                label({"type": 22, "custom_id": "c", "options": [option(str(one)) for one in range(11)]})
            ]
        },
        "components.0.component.options",
    ),
}


@pytest.mark.parametrize(("change", "path"), BAD_MODALS.values(), ids=BAD_MODALS)
def test_a_bad_modal_is_told_where(change: Json, path: str) -> None:
    modal = {**MODAL, "components": [label(typed())], **change}
    assert f"data.{path}" in where(list(modal_breaches(modal)))


def test_a_modal_of_all_kinds_passes() -> None:
    boxes = {"type": 22, "custom_id": "c", "options": [option("1"), option("2")], "min_values": 0}
    radio = {"type": 21, "custom_id": "r", "options": [option("1"), option("2")]}
    inside = [text("Words"), label(typed()), label(select(required=False)), label(boxes), label(radio)]
    assert list(modal_breaches({**MODAL, "components": inside})) == []


def test_errors_are_nested_as_discord_does() -> None:
    breaches = message_breaches(v1(row(button(custom_id=""))), "send")
    at = form_errors(breaches)["components"]["0"]["components"]["0"]["custom_id"]["_errors"]
    assert at == [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]
