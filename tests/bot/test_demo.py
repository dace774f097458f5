"""What the demo decides before it starts: ports, its tenant, how much it logs."""

import socket

import pytest

from bot.demo import DemoFailed, free_port, settings_with_room
from bot.settings import Settings

HERE = "127.0.0.1"


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        assert port < free_port(HERE, port) < port + 20


def test_bot_and_room_never_get_the_same_port() -> None:
    port = free_port(HERE, 20_000, tries=1000)
    assert free_port(HERE, port, but_not=port) != port


def test_no_free_port_is_said_in_one_sentence() -> None:
    with socket.create_server((HERE, 0)) as taken, pytest.raises(DemoFailed, match="PARLEY_SERVER__PORT"):
        free_port(HERE, taken.getsockname()[1], tries=1)


def test_the_room_is_a_tenant_beside_the_configured_ones() -> None:
    tenants = {"mine": {"callback_url": "https://room.example.org/parley"}}
    settings = settings_with_room(Settings.model_validate({"chat": {"webhook": {"tenants": tenants}}}), 8081)
    assert set(settings.chat.webhook.tenants) == {"mine", "demo"}
    assert settings.chat.webhook.tenants["demo"].callback_url == "http://127.0.0.1:8081/parley"
    assert settings.network.allow_private_addresses


@pytest.mark.parametrize(("asked", "logged"), [("info", "warning"), ("debug", "debug"), ("error", "error")])
def test_the_address_does_not_drown_in_the_log(asked: str, logged: str) -> None:
    settings = Settings.model_validate({"log": {"level": asked}})
    assert settings_with_room(settings, 8081).log.level == logged
