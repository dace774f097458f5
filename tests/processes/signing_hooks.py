"""What Schemathesis loads: every request with well-formed headers goes to the tenant `demo`, really signed.

Requests whose headers Schemathesis broke on purpose stay as they are: they must be refused.
"""

import base64
import hmac
import time
import uuid
from typing import Any

import schemathesis
from requests import PreparedRequest
from schemathesis.core.parameters import ParameterLocation

from tests.processes.site import SECRET

_ID, _TIMESTAMP, _SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_KEY = base64.b64decode(SECRET.removeprefix("whsec_"))


def _sign(request: PreparedRequest) -> PreparedRequest:
    """Sign the bytes that are sent (the `standardwebhooks` package signs text alone), under a new id."""
    body = request.body or b""
    assert isinstance(body, bytes | str)
    webhook_id, timestamp = uuid.uuid4().hex, str(int(time.time()))
    content = f"{webhook_id}.{timestamp}.".encode() + (body.encode() if isinstance(body, str) else body)
    digest = hmac.digest(_KEY, content, "sha256")
    request.headers[_ID] = webhook_id
    request.headers[_TIMESTAMP] = timestamp
    request.headers[_SIGNATURE] = f"v1,{base64.b64encode(digest).decode()}"
    return request


def _is_well_formed(case: schemathesis.Case[Any], where: ParameterLocation) -> bool:
    part = case.meta.components.get(where) if case.meta else None
    return part is None or part.mode.is_positive


@schemathesis.hook
def before_call(_context: object, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Called before each request; `auth` gets the request with its bytes."""
    names = {name.lower() for name in case.headers or {}}
    if names >= {_ID, _TIMESTAMP, _SIGNATURE} and _is_well_formed(case, ParameterLocation.HEADER):
        kwargs["auth"] = _sign
    if "tenant" in (case.path_parameters or {}) and _is_well_formed(case, ParameterLocation.PATH):
        case.path_parameters["tenant"] = "demo"
