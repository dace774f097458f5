"""What reads like a number, a length, a clock time or a date to a person, in whatever script or sign.

`meet_syntax` asks this of every word it does not understand, so that none becomes a title by accident.
"""

import re
import unicodedata

WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)"
)
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
UNIT = r"(?:h|hrs?|hours?|m|mins?|minutes?)"
_ORDINAL = r"(?:st|nd|rd|th)"
DAY_OF_MONTH = (
    rf"\d{{1,2}}{_ORDINAL}?\.?\s+(?:of\s+)?{MONTH}\b"
    rf"|{MONTH}\b\.?\s+(?:the\s+)?\d{{1,4}}{_ORDINAL}?(?=[,;.!?]*(?:\s|\Z))(?![,;.!?]*\s+{UNIT}\b)"
)
"""A day and a month as two words, in either order: `30 feb`, `Nov 26th`; not `march 45 min`."""

_SEPARATOR = r"[\s.,:;/'’′″⁄٫٬_+*^×~\-‐‑‒–—―−]"
_OTHER_UNIT = (
    rf"(?:secs?|seconds?|days?|wks?|weeks?|mn|am|pm|e(?=[+-]?\d)|t(?=\d)|(?<=\d)z|{_ORDINAL}(?=\W*{MONTH}))"
)
_NUMBER = re.compile(rf"\d(?:\d|{_SEPARATOR}|{UNIT}|{_OTHER_UNIT}|{MONTH})*\Z", re.IGNORECASE)
_HEX = re.compile(r"0x[0-9a-f]+\Z", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"{MONTH}{_SEPARATOR}*\d(?:\d|{_SEPARATOR})*{_ORDINAL}?\Z", re.IGNORECASE)
_DAYS = re.compile(rf"{WEEKDAY}(?:[-‐‑‒–—/&+]{WEEKDAY})+\Z", re.IGNORECASE)
_SIGNS = "+-‐‑‒–—―−±~≈<>=(){}[]*_'’\"!?.,;:"
_NAMES = frozenset({"1:1"})
"""Looks like a clock time, but is what everybody calls a talk of two."""


def looks_like_a_time(word: str) -> bool:
    """Whether *word* (without white space) is mostly a number, or a day in a form of its own.

    `-5`, `1e3`, `½h`, `+30`, `(30)`, `30-45min`, `2026/11/26`, `feb-30` and `mon-fri` do; `Q3`, `v2`, `2nd`,
    `3D`, `#42` and `90%` do not.
    """
    plain = _as_seen(unicodedata.normalize("NFKC", word)).strip(_SIGNS)
    if plain in _NAMES:
        return False
    return any(form.match(plain) for form in (_NUMBER, _HEX, _MONTH_FIRST, _DAYS))


def _as_seen(text: str) -> str:
    """Without what is invisible (Unicode category Cf), and with ASCII digits."""
    seen = (c for c in text if unicodedata.category(c) != "Cf")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in seen)
