"""The web addresses we hand out: unguessable, and opening one never changes anything."""

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256

from scheduling_core.meeting import Meeting
from scheduling_core.people import Person


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks addresses below *public_url*.

    Attributes:
        public_url: without a slash at the end.
        template: the configured meeting link with `{secret}`, or "" for none.
    """

    public_url: str
    template: str
    key: bytes

    def own(self, meeting: Meeting, host: Person) -> str:
        """The host's own link for the meeting, else the configured one, else ""."""
        return (host.join_template or self.template).replace("{secret}", meeting.secret)

    def join(self, meeting: Meeting) -> str:
        """Our page that leads to the meeting once it is about to begin; the same for everybody in it."""
        return f"{self.public_url}/join/{meeting.id}.{meeting.secret}"

    @property
    def is_https(self) -> bool:
        """Whether providers of calendars can tell us of changes: they tell no other address."""
        return self.public_url.startswith("https://")

    def told(self, provider: str, account_id: str) -> str:
        """Where a provider tells of changes in one linked account."""
        return f"{self.public_url}/calendars/{provider}/told/{account_id}"

    def link(self, token: str) -> str:
        """Our page on which one person links a calendar."""
        return f"{self.public_url}/link/{token}"

    def back(self, provider: str) -> str:
        """Where a provider sends people back to; operators enter it at the provider."""
        return f"{self.public_url}/link/back/{provider}"

    def ics(self, meeting_id: str, person_id: str) -> str:
        """One person's own calendar file of one meeting."""
        return f"{self.public_url}/calendar/{self._token(meeting_id, person_id)}.ics"

    def read_ics(self, token: str) -> tuple[str, str] | None:
        """Meeting and person of a calendar file's address, or None when we did not make it."""
        meeting_id, _, rest = token.partition(".")
        person_id = rest.partition(".")[0]
        good = hmac.compare_digest(self._token(meeting_id, person_id).encode(), token.encode())
        return (meeting_id, person_id) if good else None

    def _token(self, meeting_id: str, person_id: str) -> str:
        digest = hmac.digest(self.key, f"ics\x00{meeting_id}\x00{person_id}".encode(), sha256)
        return f"{meeting_id}.{person_id}.{base64.urlsafe_b64encode(digest)[:22].decode()}"
