"""The tables of `[calendar]`: one for each kind of calendar that people can link."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from bot.setting_values import NO_SECRET, Directory, GoogleApiAddress, Section, SecureAddress, WebAddress


class _Registered(Section):
    """A kind that knows us by a client of our own; without one nobody can link it."""

    client_id: str = ""
    client_secret: SecretStr = NO_SECRET

    @property
    def is_on(self) -> bool:
        """Whether people can link it."""
        return bool(self.client_id)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.client_id) != bool(self.client_secret.get_secret_value()):
            raise ValueError("client_id and client_secret belong together")
        return self


class Google(_Registered):
    """Google Calendar; the addresses are Google's own unless given."""

    api_base_url: GoogleApiAddress = "https://www.googleapis.com/calendar/v3/"
    auth_url: WebAddress = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: WebAddress = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    revoke_url: WebAddress = "https://oauth2.googleapis.com/revoke"


class Microsoft(_Registered):
    """Outlook and Microsoft 365; national clouds have other addresses."""

    tenant: Directory = "common"
    login_base_url: SecureAddress = "https://login.microsoftonline.com"
    graph_base_url: SecureAddress = "https://graph.microsoft.com/v1.0"


class CalDav(Section):
    """Any CalDAV server, by an app password: Apple, Nextcloud, Fastmail and others."""

    enabled: bool = True


class Ics(Section):
    """A calendar's address, or an uploaded file; read only."""

    enabled: bool = True


class Calendar(Section):
    """What holds for all of them, and each kind."""

    answer_within_seconds: Annotated[float, Field(gt=0, le=60)] = 8.0
    google: Google = Google()
    microsoft: Microsoft = Microsoft()
    caldav: CalDav = CalDav()
    ics: Ics = Ics()
