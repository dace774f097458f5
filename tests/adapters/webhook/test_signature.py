"""Our signatures against the `standardwebhooks` package."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from adapters.chat.webhook.signature import is_signed, key_of, signed_headers
from tests.adapters.webhook.harness import NOW, OLD_SECRET, SECRET, signed

BODY = '{"name": "żółć"}'.encode()


@given(st.text(st.characters(codec="utf-8")).map(str.encode), st.binary(min_size=1, max_size=64))
def test_the_package_verifies_what_we_sign(body: bytes, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = signed_headers("m_1-1", body, [secret], NOW)
    with time_machine.travel(NOW, tick=False):
        Webhook(secret).verify(body, headers, json_parse=False)


@given(st.text(st.characters(codec="utf-8")).map(str.encode), st.binary(min_size=1, max_size=64))
def test_we_verify_what_the_package_signs(body: bytes, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    assert is_signed(signed(body, secret=secret), body, [secret], NOW)


def test_the_example_of_the_standard_fits() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert is_signed(headers, b'{"test": 2432232314}', [SECRET], at)


@pytest.mark.parametrize("off", [timedelta(minutes=5), -timedelta(minutes=5)])
def test_five_minutes_are_tolerated_and_a_second_more_is_not(off: timedelta) -> None:
    assert is_signed(signed(BODY, at=NOW + off), BODY, [SECRET], NOW)
    assert not is_signed(signed(BODY, at=NOW + off * 1.01), BODY, [SECRET], NOW)


def test_any_of_several_secrets_may_have_signed() -> None:
    assert is_signed(signed(BODY, secret=OLD_SECRET), BODY, [SECRET, OLD_SECRET], NOW)
    assert not is_signed(signed(BODY, secret=OLD_SECRET), BODY, [SECRET], NOW)


def test_any_of_several_signatures_may_fit() -> None:
    headers = signed(BODY)
    headers["webhook-signature"] = f"v1a,AAAA v1,AAAA v1,!! {headers['webhook-signature']}"
    assert is_signed(headers, BODY, [SECRET], NOW)


def test_while_a_secret_changes_either_one_verifies_what_we_send() -> None:
    headers = signed_headers("m_1-1", BODY, [SECRET, OLD_SECRET], NOW)
    assert is_signed(headers, BODY, [SECRET], NOW)
    assert is_signed(headers, BODY, [OLD_SECRET], NOW)
    assert headers["webhook-signature"].startswith(signed(BODY, "m_1-1")["webhook-signature"])


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "d-2"},
        {"webhook-id": ""},
        {"webhook-id": "d-1\udcff"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,żółć"},
        {"webhook-signature": "v2,AAAA"},
    ],
)
def test_anything_changed_does_not_fit(change: dict[str, str]) -> None:
    assert not is_signed({**signed(BODY), **change}, BODY, [SECRET], NOW)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_all_three_headers_are_needed(missing: str) -> None:
    headers = signed(BODY)
    del headers[missing]
    assert not is_signed(headers, BODY, [SECRET], NOW)


def test_another_body_does_not_fit() -> None:
    assert not is_signed(signed(BODY), BODY + b" ", [SECRET], NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "whsec_ü"])
def test_what_is_no_secret_is_told_without_repeating_it(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        key_of(secret)
    assert "whsec_a" not in str(caught.value)
