"""Requests against Google's own description of its API: the discovery document inside googleapiclient.

Google itself lets some of what is refused here pass in silence; a program that relies on that is wrong.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import googleapiclient

Json = dict[str, Any]
BASE: Final = "/calendar/v3/"
_QUOTED: Final = re.compile(r'^\s*- "([\w.]+)"', re.MULTILINE)
_INTEGERS: Final = {"int32": 2**31, "int64": 2**63, "uint32": 2**32}


class Wrong(Exception):
    """A request that the document does not allow; the text says why."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of the API and the path parameters of one call.

    Attributes:
        name: such as `events.insert`.
    """

    name: str
    spec: Json
    path: Mapping[str, str]

    @property
    def scopes(self) -> frozenset[str]:
        """Any one of them suffices."""
        return frozenset(self.spec["scopes"])


@lru_cache(maxsize=1)
def document() -> Json:
    """The discovery document of Calendar v3."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    found: Json = json.loads((folder / "calendar.v3.json").read_text("utf-8"))
    return found


def known_scopes() -> frozenset[str]:
    """Every scope of the API, and those of signing in."""
    return frozenset(document()["auth"]["oauth2"]["scopes"]) | {"openid", "email", "profile"}


@lru_cache(maxsize=1)
def _methods() -> list[tuple[str, Json, re.Pattern[str]]]:
    found = []
    for resource in document()["resources"].values():
        for spec in resource["methods"].values():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(spec["path"]))
            found.append((spec["id"].removeprefix("calendar."), spec, re.compile(pattern)))
    return found


def operation(verb: str, raw_path: str) -> Operation | None:
    """The method that *verb* and the path (percent-encoded, without query) mean."""
    rest = raw_path.removeprefix(BASE)
    for name, spec, pattern in _methods():
        if spec["httpMethod"] == verb and (match := pattern.fullmatch(rest)):
            return Operation(name, spec, {key: unquote(value) for key, value in match.groupdict().items()})
    return None


def check_query(spec: Json, query: Iterable[tuple[str, str]]) -> None:
    """Every parameter is known, of its type, in its bounds, and not repeated without being allowed to."""
    known = {**document()["parameters"], **spec.get("parameters", {})}
    seen: set[str] = set()
    for name, value in query:
        about = known.get(name)
        if about is None or about.get("location") != "query":
            raise Wrong(f"unknown parameter {name}")
        if name in seen and not about.get("repeated"):
            raise Wrong(f"{name} is given twice")
        seen.add(name)
        _check_text(name, about, value)


def _check_text(name: str, about: Json, value: str) -> None:
    if "enum" in about and value not in about["enum"]:
        raise Wrong(f"{name} cannot be {value}")
    if about["type"] == "boolean" and value not in {"true", "false"}:
        raise Wrong(f"{name} is true or false")
    if about["type"] == "integer":
        if not re.fullmatch(r"-?\d+", value):
            raise Wrong(f"{name} is a number")
        if not int(about.get("minimum", -(2**31))) <= int(value) <= int(about.get("maximum", 2**31)):
            raise Wrong(f"{name} is out of its bounds")
    if about.get("format") == "date-time":
        check_instant(name, value)


def check_instant(name: str, value: str) -> datetime:
    """An RFC 3339 timestamp with its offset."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Wrong(f"{name} is no timestamp") from None
    if found.utcoffset() is None or "T" not in value:
        raise Wrong(f"{name} needs an offset")
    return found


def check_body(spec: Json, body: object) -> Json:
    """The body is what the method takes, with what it demands; null only where a patch takes things away."""
    if "request" not in spec:
        if body is not None:
            raise Wrong("no body is expected")
        return {}
    schema = document()["schemas"][spec["request"]["$ref"]]
    _check(schema, body, "body", may_delete=spec["httpMethod"] == "PATCH")
    assert isinstance(body, dict)
    for name, about in schema["properties"].items():
        if spec["id"] in about.get("annotations", {}).get("required", ()) and name not in body:
            raise Wrong(f"{name} is missing")
    return body


def _check(schema: Json, value: object, where: str, *, may_delete: bool) -> None:
    if "$ref" in schema:
        schema = {**document()["schemas"][schema["$ref"]], "description": schema.get("description", "")}
    if re.search(r"\bread-only\b", schema.get("description", ""), re.IGNORECASE):
        raise Wrong(f"{where} is read-only")
    if value is None:
        if not may_delete:
            raise Wrong(f"{where} is null")
        return
    match schema.get("type"):
        case "object":
            _check_object(schema, value, where, may_delete=may_delete)
        case "array":
            if not isinstance(value, list):
                raise Wrong(f"{where} is a list")
            for number, each in enumerate(value):
                _check(schema["items"], each, f"{where}[{number}]", may_delete=may_delete)
        case _:
            _check_scalar(schema, value, where)


def _check_object(schema: Json, value: object, where: str, *, may_delete: bool) -> None:
    if not isinstance(value, dict):
        raise Wrong(f"{where} is an object")
    for name, each in value.items():
        about = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        if about is None:
            raise Wrong(f"unknown name {name} at {where}")
        # "The name of the property and the corresponding value" describes the map, not the value.
        _check(about, each, f"{where}.{name}", may_delete=may_delete)


def _check_scalar(schema: Json, value: object, where: str) -> None:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "boolean": (bool,),
        "integer": (int,),
        "number": (int, float),
    }
    if schema["type"] not in kinds:
        return
    if not isinstance(value, kinds[schema["type"]]) or (
        isinstance(value, bool) and schema["type"] != "boolean"
    ):
        raise Wrong(f"{where} is a {schema['type']}")
    if isinstance(value, int) and abs(value) >= _INTEGERS.get(schema.get("format", ""), 2**63):
        raise Wrong(f"{where} is too large")
    allowed = _allowed(schema.get("description", ""))
    if isinstance(value, str) and allowed and value not in allowed:
        raise Wrong(f"{where} cannot be {value}")
    _check_format(schema.get("format", ""), value, where)


def _check_format(form: str, value: object, where: str) -> None:
    if form == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        raise Wrong(f"{where} is a date")
    try:
        if form == "date":
            date.fromisoformat(str(value))
        if form == "date-time":
            datetime.fromisoformat(str(value))
    except ValueError:
        raise Wrong(f"{where} is no {form}") from None


@lru_cache(maxsize=512)
def _allowed(description: str) -> frozenset[str]:
    """The values that a description lists."""
    _, is_listed, values = description.partition("ossible values are")
    return frozenset(_QUOTED.findall(values)) if is_listed else frozenset()
