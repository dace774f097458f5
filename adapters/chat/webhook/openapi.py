"""The room protocol as an OpenAPI 3.1 document, made from the very limits that `inbound` checks."""

from typing import Any

from adapters.chat.webhook.inbound import (
    ACTION_KEY,
    MAX_ID_CHARS,
    MAX_MEMBERS,
    MAX_NAME_CHARS,
    MAX_TEXT_CHARS,
    MAX_WEBHOOK_ID_CHARS,
)
from adapters.chat.webhook.problems import CONTENT_TYPE

Json = dict[str, Any]

_NO_NUL = r"^[^\u0000]*$"
_NO_CONTROLS = r"^[^\u0000-\u001f\u007f-\u009f]+$"

_ID: Json = {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS, "pattern": _NO_CONTROLS}
_OPTIONAL_ID: Json = {**_ID, "type": ["string", "null"]}
_NAME: Json = {"type": "string", "maxLength": MAX_NAME_CHARS, "pattern": _NO_NUL}
_TEXT: Json = {"type": "string", "maxLength": MAX_TEXT_CHARS, "pattern": _NO_NUL}
_TOLD: Json = {"type": ["string", "null"], "pattern": _NO_NUL}

_OTHER_METHODS = "Any other method is answered 405, with those that are taken in `Allow`."

_PERSON_EXAMPLE: Json = {"id": "u-1", "name": "host", "zone": "Europe/Berlin", "locale": "de-DE"}
_ROOM_EXAMPLE: Json = {"id": "room-1", "name": "Logo design", "thread": None}
_EXAMPLES: dict[str, Json] = {
    "command": {"text": "/meet @u-2 30 logo review"},
    "action": {
        "message_id": "m_7Qd2",
        "data": {ACTION_KEY: "1.settings.4b1d0c9e2f7a8d35", "zone": "Europe/Berlin"},
    },
    "text": {"text": "2", "reply_to": "m_7Qd2"},
    "members": {},
}


def document() -> Json:
    """The document, fit for `json.dumps`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parley room protocol",
            "version": "1",
            "description": "How a custom message room takes Parley in. Both directions are signed by "
            "[Standard Webhooks](https://www.standardwebhooks.com).",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/rooms/v1/{tenant}/deliveries": {"description": _OTHER_METHODS, "post": _deliver()},
            "/rooms/v1/openapi.json": {"description": _OTHER_METHODS, "get": _describe()},
        },
        "webhooks": {"message": {"post": _callback()}},
        "components": {"schemas": _schemas(), "parameters": _parameters(), "responses": _problems()},
    }


def _deliver() -> Json:
    return {
        "operationId": "deliver",
        "summary": "Tell the bot what somebody did in a room (at most 64 KiB)",
        "parameters": [_ref("parameters", "tenant"), *_signature_parameters()],
        "requestBody": {"required": True, "content": {"application/json": _delivery_content()}},
        "responses": {
            "200": {
                "description": "What the actor alone sees, if it is ready; the rest comes by callback.",
                "content": {"application/json": {"schema": _ref("schemas", "Answer")}},
            },
            **{status: _ref("responses", status) for status in _problems()},
        },
    }


def _delivery_content() -> Json:
    whole_room = {**_ROOM_EXAMPLE, "members": [_PERSON_EXAMPLE, {"id": "u-2", "name": "guest"}]}
    shared = {"room": whole_room, "actor": _PERSON_EXAMPLE}
    examples = {kind: {"value": {"type": kind, **shared, **own}} for kind, own in _EXAMPLES.items()}
    return {"schema": _ref("schemas", "Delivery"), "examples": examples}


def _describe() -> Json:
    answer = {
        "description": "This document.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return {"operationId": "describe", "summary": "This document", "responses": {"200": answer}}


def _callback() -> Json:
    return {
        "operationId": "message",
        "summary": "Everything the room sees, posted to the tenant's callback_url",
        "description": "In order per room, at least once, retried with back-off for 24 h.",
        "parameters": _signature_parameters(),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("schemas", "Callback")}},
        },
        "responses": {
            "2XX": {"description": "The room has it."},
            "400": {"description": "The message is wrong and is not sent again; so are 413 and 422."},
            "410": {"description": "The tenant wants nothing more; the next delivery takes that back."},
            "default": {"description": "Sent again later; 429 and 503 may say when by Retry-After."},
        },
    }


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _signature_parameters() -> list[Json]:
    return [_ref("parameters", name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]


def _parameters() -> Json:
    webhook_id = {"type": "string", "pattern": rf"^[!-~]{{1,{MAX_WEBHOOK_ID_CHARS}}}$"}
    return {
        "tenant": {
            "name": "tenant",
            "in": "path",
            "required": True,
            "description": "The tenant's name in the bot's configuration, in any case.",
            "schema": {"type": "string"},
            "example": "demo",
        },
        "webhook-id": _header("webhook-id", "The same for every repeat of this request.", webhook_id),
        "webhook-timestamp": _header(
            "webhook-timestamp",
            "Seconds since 1970 when this attempt is sent.",
            {"type": "string", "pattern": "^[0-9]{1,11}$"},
        ),
        "webhook-signature": _header(
            "webhook-signature",
            "`v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`; several, "
            "parted by spaces, while a secret changes.",
            {"type": "string"},
        ),
    }


def _header(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


def _problems() -> Json:
    told = {
        "400": "The body did not arrive whole; send it again.",
        "401": "No, a wrong or a stale signature.",
        "404": "There is no such tenant.",
        "408": "The body took too long to arrive; send it again.",
        "409": "This webhook-id came before with another body.",
        "413": "The body is larger than 64 KiB.",
        "422": "The body is not a delivery; `pointer` shows where.",
        "500": "It could not be done now, nothing was changed; send it again under the same webhook-id.",
    }
    content = {CONTENT_TYPE: {"schema": _ref("schemas", "Problem")}}
    answers: Json = {status: {"description": text, "content": content} for status, text in told.items()}
    wait = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    too_many = "Too many deliveries; nothing was recorded."
    return {
        **answers,
        "429": {"description": too_many, "headers": {"Retry-After": wait}, "content": content},
    }


def _schemas() -> Json:
    return {
        "Person": _object(
            {"id": _ID, "name": _NAME, "zone": _TOLD, "locale": _TOLD, "email": _TOLD}, "id", "name"
        ),
        "Room": _object(_room_fields(_members(["array", "null"])), "id"),
        "RoomWithMembers": _object(_room_fields(_members("array")), "id", "members"),
        "Delivery": _delivery(),
        "Command": _kind("command", {"text": _TEXT}, "text"),
        "Action": _kind("action", {"message_id": _ID, "data": _data()}, "message_id", "data"),
        "Text": _kind("text", {"text": _TEXT, "reply_to": _OPTIONAL_ID}, "text"),
        "Members": _kind("members", {"room": _ref("schemas", "RoomWithMembers")}),
        "Answer": _object({"replies": {"type": "array", "items": _ref("schemas", "Message")}}, "replies"),
        "Message": _message(),
        "Callback": _callback_body(),
        "Problem": _problem(),
    }


def _object(properties: Json, *required: str) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


def _room_fields(members: Json) -> Json:
    name = {**_NAME, "type": ["string", "null"]}
    return {"id": _ID, "name": name, "thread": _OPTIONAL_ID, "members": members}


def _members(kind: str | list[str]) -> Json:
    description = "The whole list of the room's people; only they can be invited or act."
    items = _ref("schemas", "Person")
    return {"type": kind, "maxItems": MAX_MEMBERS, "items": items, "description": description}


def _delivery() -> Json:
    kinds = {kind: f"#/components/schemas/{kind.capitalize()}" for kind in _EXAMPLES}
    return {
        "oneOf": [{"$ref": ref} for ref in kinds.values()],
        "discriminator": {"propertyName": "type", "mapping": kinds},
    }


def _kind(kind: str, own: Json, *required: str) -> Json:
    shared: Json = {
        "type": {"const": kind},
        "room": _ref("schemas", "Room"),
        "actor": _ref("schemas", "Person"),
    }
    return _object({**shared, **own}, "type", "room", "actor", *required)


def _data() -> Json:
    field = {"anyOf": [_TEXT, {"type": ["number", "boolean", "null"]}]}
    return {
        "type": "object",
        "description": "The button's `data`, unchanged, with the card's inputs merged in by their ids.",
        "required": [ACTION_KEY],
        "properties": {ACTION_KEY: {"type": "string", "pattern": _NO_NUL}},
        "propertyNames": {"pattern": _NO_NUL},
        "additionalProperties": field,
    }


def _message() -> Json:
    properties: Json = {
        "id": {"type": "string"},
        "revision": {"type": "integer", "minimum": 1, "description": "Keep the highest."},
        "audience": {"enum": ["room", "actor"]},
        "actor": {"type": ["string", "null"], "description": "Whose it is alone, when audience is actor."},
        "text": {"type": "string", "description": "The whole message as plain text, with what to reply."},
        "card": {"type": ["object", "null"], "description": "An Adaptive Card 1.5; null when taken away."},
    }
    return _object(properties, *properties)


def _callback_body() -> Json:
    properties: Json = {
        "type": {"enum": ["message.created", "message.updated", "message.deleted"]},
        "room": _object({"id": _ID, "thread": _OPTIONAL_ID}, "id", "thread"),
        "message": _ref("schemas", "Message"),
    }
    return _object(properties, *properties)


def _problem() -> Json:
    properties: Json = {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do."},
        "pointer": {"type": "string", "description": "JSON Pointer into the body (422)."},
    }
    return _object(properties, "type", "title", "status", "detail")
