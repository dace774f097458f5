"""Settings from bot.toml and the environment."""

import base64
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

from bot.config import BadConfig, known_keys, load, variable_for
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"o" * 24).decode()
FERNET = base64.urlsafe_b64encode(b"k" * 32).decode()
TENANT = "PARLEY_CHAT__WEBHOOK__TENANTS__DEMO__"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file to write settings to."""
    return tmp_path / "mine.toml"


def mistakes(path: Path | None, environ: dict[str, str]) -> dict[str, str]:
    """The reasons and origins reported, by key."""
    with pytest.raises(BadConfig) as caught:
        load(path, environ)
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
    return {problem.key: f"{problem.reason} ({problem.origin})" for problem in caught.value.problems}


def test_the_file_of_the_repository_says_the_defaults() -> None:
    assert load(ROOT / "bot.toml", {}) == Settings()


def test_the_file_of_the_repository_names_every_key() -> None:
    text = (ROOT / "bot.toml").read_text("utf-8")
    # The tenant is the one table without a default: it stands there as a comment.
    written = tomllib.loads(
        text.replace("# [chat", "[chat").replace("# secret =", "secret =").replace("# call", "call")
    )
    for key in known_keys():
        place = written
        for name in key.replace("NAME", "demo").split("."):
            assert name in place, f"{key} is not in bot.toml"
            place = place[name]


def test_every_key_of_the_file_has_a_comment_before_it() -> None:
    previous = ""
    for line in (ROOT / "bot.toml").read_text("utf-8").splitlines():
        if " = " in line and not line.startswith("#"):
            belongs_to_a_commented_group = " = " in previous
            assert previous.startswith(("#", "[")) or belongs_to_a_commented_group, line
        previous = line


def test_any_data_directory_keeps_its_name_in_the_address_of_the_database() -> None:
    settings = Settings(data_dir=Path("/srv/a?b#c%41 d"))
    assert make_url(settings.database_url).database == "/srv/a?b#c%41 d/parley.db"


def test_without_file_and_environment_the_defaults_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(None, {"HOME": "/", "PATH": "/bin"})
    assert settings.data_dir == tmp_path / ".data"
    assert settings.database_url == f"sqlite:///{tmp_path}/.data/parley.db"
    assert settings.mail_url == f"file://{tmp_path}/.data/mail"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.conversation.command == "/meet"
    assert settings.chat.webhook.tenants == {}


def test_bot_toml_of_the_working_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bot.toml").write_text("[server]\nport = 9000\n")
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).server.port == 9000


def test_the_file_of_the_command_line_goes_before_the_one_of_the_environment(config: Path) -> None:
    config.write_text("[server]\nport = 9001\n")
    other = config.with_name("other.toml")
    other.write_text("[server]\nport = 9002\n")
    assert load(config, {"PARLEY_CONFIG": str(other)}).server.port == 9001
    assert load(None, {"PARLEY_CONFIG": str(other)}).server.port == 9002


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    gone = tmp_path / "gone.toml"
    assert mistakes(gone, {}) == {str(gone): "there is no such file (--config)"}
    assert mistakes(None, {"PARLEY_CONFIG": str(gone)}) == {
        str(gone): "there is no such file (environment PARLEY_CONFIG)"
    }


def test_the_environment_wins_in_any_case(config: Path) -> None:
    config.write_text('data_dir = "/a"\n[server]\nport = 9000\nhost = "10.0.0.1"\n')
    environ = {
        "PARLEY_SERVER__PORT": "8123",
        "parley_data_dir": "/b",
        "Parley_Network__Allow_Private_Addresses": "1",
    }
    settings = load(config, environ)
    assert settings.server.port == 8123
    assert settings.server.host == "10.0.0.1"
    assert settings.data_dir == Path("/b")
    assert settings.network.allow_private_addresses is True


def test_a_tenant_is_put_together_from_file_and_environment_whatever_the_case(config: Path) -> None:
    config.write_text('[chat.webhook.tenants.Demo]\ncallback_url = "http://127.0.0.1:8081/parley"\n')
    tenants = load(config, {TENANT + "SECRET": SECRET}).chat.webhook.tenants
    assert list(tenants) == ["demo"]
    assert [secret.get_secret_value() for secret in tenants["demo"].secret] == [SECRET]
    assert tenants["demo"].callback_url == "http://127.0.0.1:8081/parley"


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_several_secrets_are_given_for_rotation(between: str) -> None:
    environ = {
        TENANT + "SECRET": SECRET + between + OLD_SECRET,
        TENANT + "CALLBACK_URL": "https://room.example/in",
    }
    secrets = load(None, environ).chat.webhook.tenants["demo"].secret
    assert [secret.get_secret_value() for secret in secrets] == [SECRET, OLD_SECRET]


def test_secrets_never_show(config: Path) -> None:
    config.write_text(
        f'[chat.webhook.tenants.demo]\nsecret = ["{SECRET}"]\ncallback_url = "https://room.example"\n'
    )
    environ = {
        "PARLEY_SECRETS__KEYS": FERNET,
        "PARLEY_DATABASE__URL": "postgresql://bot:hush@db/parley",
        "PARLEY_MAIL__URL": "smtp://bot:hush@mail.example",
    }
    settings = load(config, environ)
    assert settings.database_url == "postgresql://bot:hush@db/parley"
    shown = repr(settings) + str(settings)
    assert not [secret for secret in (SECRET, FERNET, "hush") if secret in shown]


def test_every_mistake_is_reported_at_once_with_its_origin(config: Path) -> None:
    config.write_text(
        """
        [server]
        port = "eighty"
        prot = 1
        [conversation]
        hold_minutes = 0
        [defaults]
        mon = "9-lunch"
        [mail]
        sender = "nobody"
        """
    )
    found = mistakes(
        config, {"PARLEY_LOG__LEVEL": "loud", "PARLEY_SEVER__PORT": "1", TENANT + "SECRET": "hush"}
    )
    assert found.pop("defaults.mon").startswith("I can't read “lunch”")
    assert found == {
        "server.port": f"must be a whole number ({config})",
        "server.prot": f"there is no such key; did you mean server.port? ({config})",
        "conversation.hold_minutes": f"must be at least 1 ({config})",
        "mail.sender": f"must be one address, such as Parley <parley@example.org> ({config})",
        "log.level": "must be 'debug', 'info', 'warning' or 'error' (environment PARLEY_LOG__LEVEL)",
        "PARLEY_SEVER__PORT": "matches no key; did you mean PARLEY_SERVER__PORT? (environment)",
        "chat.webhook.tenants.demo.secret.0": "must be whsec_ and 24 to 64 random bytes in base64"
        f" (environment {TENANT}SECRET)",
        "chat.webhook.tenants.demo.callback_url": f"is needed, here or as {TENANT}CALLBACK_URL ({config})",
    }


def test_a_file_that_is_no_toml_is_reported_beside_the_environment(config: Path) -> None:
    config.write_text("[server\nport = 1")
    found = mistakes(config, {"PARLEY_SERVER__PORT": "0"})
    assert "line 1" in found["not TOML"]
    assert found["server.port"] == "must be at least 1 (environment PARLEY_SERVER__PORT)"


def test_a_value_where_a_table_belongs_is_reported(config: Path) -> None:
    config.write_text('server = 1\n[chat.webhook]\ntenants = "demo"\n')
    found = mistakes(
        config, {"PARLEY_SERVER__PORT": "80", TENANT + "SECRET": SECRET, "PARLEY_MAIL": "smtp://x"}
    )
    assert found == {
        "server": f"must be a table ({config})",
        "chat.webhook.tenants": f"must be a table ({config})",
        "PARLEY_MAIL": "is a table: set its keys, such as PARLEY_MAIL__… (environment)",
    }


def test_a_key_in_the_wrong_table_is_shown_its_place(config: Path) -> None:
    config.write_text("[server]\nallow_private_addresses = true\n")
    assert (
        "did you mean network.allow_private_addresses?"
        in mistakes(config, {})["server.allow_private_addresses"]
    )


def test_one_tenant_under_two_spellings_is_a_mistake(config: Path) -> None:
    url = 'callback_url = "https://room.example"\n'
    config.write_text(f"[chat.webhook.tenants.A]\n{url}[chat.webhook.tenants.a]\n{url}")
    assert list(mistakes(config, {}).values()) == [f"the same tenant stands here twice ({config})"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("server.port", "65536"),
        ("server.public_url", "meet.example.org"),
        ("server.public_url", "https://meet.example.org/?a=b"),
        ("server.public_url", "https://meet.example.org/#a"),
        ("server.public_url", "https://meet.example.org/parley"),
        ("server.public_url", "https://meet.example.org/parley/"),
        ("database.url", "mysql://db/parley"),
        ("mail.url", "http://mail.example.org"),
        ("mail.url", "smtp://"),
        ("mail.url", "smtp://mail.example.org:port"),
        ("mail.url", "file://relative/folder"),
        ("mail.sender", "Parley <parley@a>, other@b"),
        ("mail.sender", "Parley\r\nBcc: x <parley@a>"),
        ("conversation.command", "meet"),
        ("conversation.command", "/two words"),
        ("conversation.hold_minutes", "2.5"),
        ("conversation.offers", "6"),
        ("join.template", "https://meet.example.org/always-the-same"),
        ("join.template", "https://meet.example.org/{secret}/{host}"),
        ("join.template", "https://meet.example.org/{secret"),
        ("join.template", "{secret}"),
        ("defaults.sun", "noon to one"),
        ("defaults.length_minutes", "481"),
        ("chat.webhook.answer_within_seconds", "nan"),
        ("chat.webhook.tenants.a.callback_url", "ftp://room.example"),
        ("chat.webhook.tenants.a.secret", "whsec_c2hvcnQ="),
        ("network.allow_private_addresses", "perhaps"),
        ("secrets.keys", "short"),
        ("secrets.uid_key", "short"),
        ("calendar.microsoft.tenant", "my tenant/../x"),
        ("calendar.microsoft.graph_base_url", "http://graph.example.org/v1.0"),
        ("calendar.google.api_base_url", "https://calendars.example.org/v3"),
    ],
)
def test_a_senseless_value_is_refused_by_key(key: str, value: str) -> None:
    environ = {TENANT.replace("DEMO", "A") + "CALLBACK_URL": "https://room.example", variable_for(key): value}
    found = mistakes(None, environ)
    assert len(found) == 1
    assert next(iter(found)).removesuffix(".0") == key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("database.url", "postgresql://db/parley"),
        ("database.url", "sqlite:////srv/parley.db"),
        ("mail.url", "smtps://user:secret@mail.example.org:465"),
        ("mail.url", "file:///srv/mail"),
        ("mail.sender", "parley@localhost"),
        ("join.template", ""),
        ("defaults.mon", "9-12, 13-17"),
        ("log.level", "DEBUG"),
        ("chat.webhook.tolerance_seconds", "60"),
        ("secrets.key_file", ""),
        ("calendar.microsoft.tenant", "contoso.onmicrosoft.com"),
        ("calendar.microsoft.graph_base_url", "https://graph.example.org/v1.0/"),
    ],
)
def test_sensible_values_pass(key: str, value: str) -> None:
    load(None, {variable_for(key): value})


def test_keys_and_a_file_of_keys_exclude_each_other() -> None:
    found = mistakes(None, {"PARLEY_SECRETS__KEYS": FERNET, "PARLEY_SECRETS__KEY_FILE": "/run/keys"})
    assert found["secrets"].startswith("give keys or key_file, not both")


@pytest.mark.parametrize(
    ("host", "given", "shown"),
    [
        ("0.0.0.0", "", "http://127.0.0.1:8080"),
        ("::1", "", "http://[::1]:8080"),
        ("bot.internal", "", "http://bot.internal:8080"),
        ("127.0.0.1", "https://meet.example.org/", "https://meet.example.org"),
    ],
)
def test_the_public_address_is_the_given_one_or_follows_from_the_host(
    host: str, given: str, shown: str
) -> None:
    assert load(None, {"PARLEY_SERVER__HOST": host, "PARLEY_SERVER__PUBLIC_URL": given}).public_url == shown


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().server.port = 1


def test_a_persons_default_week_is_monday_to_friday_nine_to_five() -> None:
    week = Settings().defaults.weekly_windows
    assert [len(day) for day in week] == [1, 1, 1, 1, 1, 0, 0]
    assert {window.minutes for day in week for window in day} == {(540, 1020)}


BOT_TOKEN = "xoxb-1-abc"


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"BOT_TOKEN": BOT_TOKEN}, "chat.slack", "needs signing_secret"),
        ({"BOT_TOKEN": BOT_TOKEN, "MODE": "socket"}, "chat.slack", "needs app_token"),
        ({"BOT_TOKEN": "abc", "SIGNING_SECRET": "s"}, "chat.slack.bot_token", "begin with xoxb-"),
        ({"SIGNING_SECRET": "s"}, "chat.slack", "needs bot_token, or client_id and client_secret"),
        ({"CLIENT_ID": "1.2", "SIGNING_SECRET": "s"}, "chat.slack", "belong together"),
        (
            {"CLIENT_ID": "1.2", "CLIENT_SECRET": "c", "BOT_TOKEN": BOT_TOKEN, "SIGNING_SECRET": "s"},
            "chat.slack",
            "not both",
        ),
    ],
)
def test_half_a_slack_is_a_mistake_that_says_what_is_missing(
    config: Path, given: dict[str, str], key: str, words: str
) -> None:
    config.write_text("")
    found = mistakes(config, {f"PARLEY_CHAT__SLACK__{name}": value for name, value in given.items()})
    assert words in found[key]


def test_slack_is_on_by_one_token_or_by_a_client_and_off_by_default(config: Path) -> None:
    config.write_text("")
    slack = "PARLEY_CHAT__SLACK__"
    one = {f"{slack}BOT_TOKEN": BOT_TOKEN, f"{slack}SIGNING_SECRET": "s"}
    many = {f"{slack}CLIENT_ID": "1.2", f"{slack}CLIENT_SECRET": "c", f"{slack}SIGNING_SECRET": "s"}
    assert not load(config, {}).chat.slack.is_on
    assert load(config, one).chat.slack.is_on
    assert load(config, many).chat.slack.is_on


DISCORD = {"TOKEN": "t", "APPLICATION_ID": "1300000000000000001"}


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"APPLICATION_ID": "1300000000000000001"}, "chat.discord", "needs token"),
        ({"PUBLIC_KEY": "ab" * 32}, "chat.discord", "needs token"),
        ({"TOKEN": "t"}, "chat.discord", "needs application_id"),
        ({**DISCORD, "MODE": "http"}, "chat.discord", "needs public_key"),
        ({**DISCORD, "APPLICATION_ID": "parley"}, "chat.discord.application_id", "15 to 20 digits"),
        ({**DISCORD, "PUBLIC_KEY": "abc"}, "chat.discord.public_key", "64 hexadecimal digits"),
        ({**DISCORD, "GATEWAY_URL": "https://x"}, "chat.discord.gateway_url", "wss://"),
        ({**DISCORD, "SHARDS": "-1"}, "chat.discord.shards", "0"),
    ],
)
def test_half_a_discord_is_a_mistake_that_says_what_is_missing(
    config: Path, given: dict[str, str], key: str, words: str
) -> None:
    config.write_text("")
    found = mistakes(config, {f"PARLEY_CHAT__DISCORD__{name}": value for name, value in given.items()})
    assert words in found[key]


@pytest.mark.parametrize("name", ["CHAT__DISCORD__COMMAND", "CONVERSATION__COMMAND"])
@pytest.mark.parametrize(
    ("word", "because"), [("/" + "a" * 23, "a slash and up to 22 letters"), ("/team-list", "ends like")]
)
def test_a_word_that_discord_would_refuse_is_a_mistake_where_discord_is_on(
    config: Path, name: str, word: str, because: str
) -> None:
    config.write_text("")
    on = {f"PARLEY_CHAT__DISCORD__{key}": value for key, value in DISCORD.items()}
    assert because in mistakes(config, {**on, f"PARLEY_{name}": word})["chat"]
    assert load(config, {f"PARLEY_{name}": word}).command_on("discord") == word
    assert load(config, {**on, f"PARLEY_{name}": "/" + "a" * 22}).chat.discord.is_on


def test_discord_is_on_by_its_token_and_listens_over_the_gateway(config: Path) -> None:
    config.write_text("")
    found = load(config, {f"PARLEY_CHAT__DISCORD__{name}": value for name, value in DISCORD.items()})
    assert (found.chat.discord.is_on, found.chat.discord.mode) == (True, "gateway")
    assert not load(config, {}).chat.discord.is_on


def test_people_are_told_the_word_of_their_platform() -> None:
    settings = Settings.model_validate(
        {"conversation": {"command": "/plan"}, "chat": {"slack": {"command": "/parley"}}}
    )
    assert [settings.command_on(name) for name in ("slack", "webhook", "other")] == [
        "/parley",
        "/plan",
        "/plan",
    ]
