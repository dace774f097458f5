"""A town whose people have something to hide: addresses, phone numbers, reasons, and meetings elsewhere.

Every secret is a token that can be told from all other text: `zqe7x` an address, `zqd7x` its domain, `zqt7x`
a title, `zqr7x` a reason. Meetings of the study and the attic begin at odd minutes, and no others do.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from tests.bot.stories.world import Json

ROOMS: dict[str, list[str]] = {
    "hall": ["u-0", "u-1", "u-2", "u-3", "u-4", "zqe5x@zqd5x.example"],
    "study": ["u-6", "u-0", "u-1"],
    "attic": ["u-7", "u-2", "u-3"],
}
HOSTS = {"hall": ["u-0", "u-2", "u-4"], "study": ["u-6"], "attic": ["u-7"]}
QUIET_ROOMS = ("study", "attic")

_NAMES = [
    "host",
    "zqe1x@zqd1x.example",
    "Guest <zqe2x@zqd2x.example>",
    "third＠zqd3x.example",
    "fourth @ zqd4x.example",
    "fifth",
    "ضيف 🦉",
    '=?utf-8?q?seventh?= "x"; CN=y',
]
_ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", None]
IDS = ["u-0", "u-1", "u-2", "u-3", "u-4", "zqe5x@zqd5x.example", "u-6", "u-7"]
PEOPLE: dict[str, Json] = {
    person: {
        "name": _NAMES[n],
        "email": f"zqe{n}x@zqd{n}x.example",
        "zone": _ZONES[n % 4],
        "phone": f"+49 555 0000-{n:06}",
    }
    for n, person in enumerate(IDS)
}
_USUAL = {"length": "15 min", "notice": "0 min", "window": "4", "zone": "Europe/Berlin", "copy": "week"}
FORMS = {person: {**_USUAL, "mon": "8-18"} for person in IDS} | {
    person: {**_USUAL, "mon": "8:07-18:07", "step": "15 min"} for person in ("u-6", "u-7")
}

_TOKEN = re.compile(r"zq[edtr]\d+x")
# Fifteen digits: as good as never the random ones of a MIME boundary.
_PHONE = re.compile(r"495550000\d{6}")
# Each begins with a literal, and looks behind it afterwards: the search leaps from one to the next.
_ODD_CLOCK = re.compile(r":(?<=(?<!\d\d)\d:)(?:07|22|37|52)(?!\d)")
_ODD_STAMP = re.compile(r"t\d\d(?:07|22|37|52)00z")
_EPOCH_MINUTES = re.compile(r"29(?<!\d29)\d{6}(?!\d)")
ODD = {7, 22, 37, 52}


@dataclass(slots=True)
class Secrets:
    """Who may read what.

    Attributes:
        readers: by token of a title or a reason, everybody who may read it.
    """

    readers: dict[str, Collection[str]] = field(default_factory=dict)

    def leaked(self, text: str, audience: Collection[str]) -> set[str]:
        """The secrets in *text* that somebody of the *audience* must not learn.

        Args:
            text: decoded, in lower case.
            audience: who receives it, by the room's ids.
        """
        own = _own_tokens(*audience) if len(audience) == 1 else set[str]()
        found = {token for token in _TOKEN.findall(text) if not self._is_open(token, audience)} - own
        phones = set(_PHONE.findall(_without(" ()+-", text)))
        return found | phones | (self._odd_times(text) if not self._may_know_odd(audience) else set())

    def _is_open(self, token: str, audience: Collection[str]) -> bool:
        # What stands before the @ of a name that is an address is a name like any other.
        if token in ("zqe1x", "zqe2x"):
            return True
        return set(audience) <= set(self.readers.get(token, ()))

    @staticmethod
    def _may_know_odd(audience: Collection[str]) -> bool:
        """Whether all of them are in a quiet room, or meet with somebody there."""
        return all(any(person in ROOMS[room] for room in QUIET_ROOMS) for person in audience)

    @staticmethod
    def _odd_times(text: str) -> set[str]:
        minutes = {m for m in _EPOCH_MINUTES.findall(text) if int(m) % 60 in ODD}
        clocks = {text[max(found.start() - 2, 0) : found.end()] for found in _ODD_CLOCK.finditer(text)}
        return clocks | set(_ODD_STAMP.findall(text)) | minutes


def _without(letters: str, text: str) -> str:
    for letter in letters:
        text = text.replace(letter, "")
    return text


def _own_tokens(person: str) -> set[str]:
    number = IDS.index(person)
    return {f"zqe{number}x", f"zqd{number}x"}
