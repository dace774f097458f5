"""One day as people write it, in their own language or in English: `Freitag`, `27 nov`, `12/1`, `morgen`.

This is for a field that asks for a day and nothing else: what is not exactly one day is none. Names of days
and months, and the order of a date in numbers, are those of CLDR.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from scheduling_core.meet_syntax import Invite, Weekday, parse
from scheduling_core.zones import FIRST_YEAR, LAST_YEAR, to_wall, zone_names

# CLDR has these too, but Babel leaves them out.
_AHEAD = {
    "en": ("today", "tomorrow"),
    "de": ("heute", "morgen", "übermorgen"),
    "es": ("hoy", "mañana"),
    "fr": ("aujourd'hui", "demain"),
    "it": ("oggi", "domani", "dopodomani"),
    "ja": ("今日", "明日", "明後日"),
    "ko": ("오늘", "내일", "모레"),
    "nl": ("vandaag", "morgen", "overmorgen"),
    "pl": ("dzisiaj", "jutro", "pojutrze"),
    "pt": ("hoje", "amanhã"),
    "ru": ("сегодня", "завтра", "послезавтра"),
    "sv": ("idag", "imorgon"),
    "tr": ("bugün", "yarın"),
    "uk": ("сьогодні", "завтра", "післязавтра"),
    "zh": ("今天", "明天"),
}
_ENGLISH = Locale("en")
_LINKING = frozenset({"of", "the", "de"})
_NUMBER = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_ALONE = r"(?<![\d./:-]){}\.?(?![\d./:-])"
_IN_NUMBERS = re.compile(
    _ALONE.format(r"(\d{1,2})\s*([./-])\s*(\d{1,2})(?:\s*\2\s*(\d{4}|\d{1,2}))?"), re.ASCII
)
_YEAR_FIRST = re.compile(
    _ALONE.format(r"(?P<y>\d{4})\s*([./-])\s*(?P<m>\d{1,2})\s*\2\s*(?P<d>\d{1,2})"), re.ASCII
)
_MARKED = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})\s*[年년]\s*)?(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})(?:\s*[日号號일]|(?!\d))",
    re.ASCII,
)
"""Chinese, Japanese and Korean say after each number what it is."""
_APART = str.maketrans({",": " ", "(": " ", ")": " ", "’": "'", "ʼ": "'"})
_BESIDE = {
    "da": frozenset({"den"}),
    "lt": frozenset({"m", "d"}),
    "bg": frozenset({"г"}),
    "ru": frozenset({"г", "года"}),
    "th": frozenset({"ค.ศ"}),
    "uk": frozenset({"р", "року"}),
}
"""What CLDR's dates have in them besides a day, a month and a year; ค.ศ. is our era."""
_NEAR_YEARS = range(-1, 11)
"""A year of two digits is one of these, counted from now: others may be of another era, or no year at all."""
_BEHIND = timedelta(hours=-12)
"""Where a day begins last, against UTC."""

Named = Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class DayWords:
    """What somebody may call days; all names are as `folded` gives them, and English is always among them.

    Attributes:
        weekdays: numbers as `date.weekday()`; a name can be short for several.
        months: from 1.
        ahead: how many days after today.
        is_month_first: in a date in numbers; None where their language is not known.
        is_year_first: in a date in numbers with its year.
        beside: what stands in a date and says nothing.
    """

    weekdays: Named
    months: Named
    ahead: Mapping[str, int]
    is_month_first: bool | None
    is_year_first: bool
    beside: frozenset[str]


@lru_cache(maxsize=64)
def day_words(locale: str) -> DayWords:
    """The words of a BCP 47 tag; of a tag nobody knows, or "", the English ones alone."""
    known = _known(locale)
    spoken = [_ENGLISH, known] if known else [_ENGLISH]
    ahead = {word: days for one in spoken for days, word in enumerate(_AHEAD.get(one.language, ()))}
    whole, short = _patterns(known) if known else ("", "")
    return DayWords(
        _named([name for one in spoken for name in _names(one.days)]),
        _named([name for one in spoken for name in _names(one.months)]),
        ahead,
        short.index("M") < short.index("d") if known else None,
        whole.startswith("y"),
        _LINKING | _BESIDE.get(known.language if known else "", frozenset()),
    )


def _patterns(known: Locale) -> tuple[str, str]:
    """Of a date in numbers, with its year and without: in Swedish the order is another one."""
    whole = str(known.date_formats["short"].pattern)
    short = known.datetime_skeletons.get("Md")
    return whole, str(short.pattern) if short else whole


def folded(text: str) -> list[str]:
    """The words of a text, as they stand in `DayWords`."""
    apart = unicodedata.normalize("NFKC", text).casefold().translate(_APART)
    # Thai joins "on the" to a weekday before a date.
    words = (word.strip(".") for word in apart.replace("ที่", " ").split())
    return [word for word in words if word]


def whole_names(typed: list[str], words: DayWords) -> list[str]:
    """What `folded` gives, with names of two words (in Vietnamese most are) as one."""
    found: list[str] = []
    for word in typed:
        both = f"{found[-1]} {word}" if found else ""
        if both in words.weekdays or both in words.months:
            found[-1] = both
        else:
            found.append(word)
    return found


def read_day(text: str, locale: str, now: datetime) -> date | datetime | Weekday | None:
    """The one day that *text* names, as in `Invite.day`; None when it names none, several, or anything else.

    A date without a year is the next such date; today's counts wherever it still is today. What is said from
    today on becomes an instant, because whose today it is is not known here.

    Args:
        locale: a BCP 47 tag, or "".
        now: aware.
    """
    match parse(text, "/", {}):
        case Invite((), None, "", day) if day is not None:
            return day
    words = day_words(locale)
    typed = whole_names(folded(text), words)
    if len(typed) == 1 and typed[0] in words.ahead:
        return _instant(now.astimezone(UTC), words.ahead[typed[0]])
    if len(typed) == 1 and len(weekdays := words.weekdays.get(typed[0], frozenset())) == 1:
        return Weekday(min(weekdays))
    found = {*_in_numbers(text, words, now), *_in_names(typed, words, now)}
    return found.pop() if len(found) == 1 else None


def _known(locale: str) -> Locale | None:
    try:
        return Locale.parse(locale.replace("-", "_")) if locale else None
    except (ValueError, UnknownLocaleError):
        return None


def _names(kinds: Mapping[str, Mapping[str, Mapping[int, str]]]) -> Iterator[tuple[str, int]]:
    for use in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            yield from ((name, number) for number, name in kinds[use][width].items())


def _named(names: list[tuple[str, int]]) -> Named:
    found: dict[str, frozenset[int]] = {}
    for name, number in names:
        word = " ".join(folded(name))
        # In some languages a short month is a number, which would be a day.
        if not word[:1].isdecimal():
            found[word] = found.get(word, frozenset()) | {number}
    return found


def _instant(now: datetime, ahead: int) -> datetime | None:
    """An instant on the day so many after today, if it is that on every clock.

    Where a clock changes the day in between has not 24 hours: around midnight there may be no such instant.
    """
    later, days = now + timedelta(days=ahead), timedelta(days=ahead)
    is_clear = all(to_wall(z, later).date() - to_wall(z, now).date() == days for z in zone_names())
    return later if is_clear else None


def _in_numbers(text: str, words: DayWords, now: datetime) -> set[date]:
    """A date in numbers, perhaps with its weekday."""
    plain = unicodedata.normalize("NFKC", text)
    for pattern in (_MARKED, _YEAR_FIRST, _IN_NUMBERS):
        if match := pattern.search(plain):
            days = _ordered(match, words, now) if pattern is _IN_NUMBERS else _said(match, now)
            beside = whole_names(folded(f"{plain[: match.start()]} {plain[match.end() :]}"), words)
            return {day for day in days if _are_of(beside, day, words)}
    return set()


def _are_of(beside: list[str], day: date, words: DayWords) -> bool:
    """Whether what stands beside a date is its weekday, or says nothing."""
    others = [word for word in beside if word not in words.beside]
    return all(day.weekday() in words.weekdays.get(other, ()) for other in others)


def _said(match: re.Match[str], now: datetime) -> set[date]:
    """With each number known for what it is."""
    return _only(_date(int(match["y"]) if match["y"] else None, int(match["m"]), int(match["d"]), now=now))


def _ordered(match: re.Match[str], words: DayWords, now: datetime) -> set[date]:
    """In the order of their language; several where that is not known, or leaves open which the year is."""
    first, second, last = int(match[1]), int(match[3]), match[4]
    if last is None or len(last) > len("26"):
        return _either(int(last) if last else None, first, second, words, now)
    begun, ended = _near(match[1], now), _near(last, now)
    by_year = _only(_date(begun, second, int(last), now=now)) if begun else set()
    by_end = _either(ended, first, second, words, now) if ended else set()
    if words.is_month_first is None or (words.is_year_first and not words.is_month_first):
        return by_year | by_end
    return by_year if words.is_year_first else by_end


def _either(year: int | None, first: int, second: int, words: DayWords, now: datetime) -> set[date]:
    """Month and day: in the order of their language, or in the other if only that makes sense."""
    by_month, by_day = _date(year, first, second, now=now), _date(year, second, first, now=now)
    if words.is_month_first is None:
        return _only(by_month) | _only(by_day)
    return _only((by_month or by_day) if words.is_month_first else (by_day or by_month))


def _only(day: date | None) -> set[date]:
    return {day} if day else set()


def _near(digits: str, now: datetime) -> int | None:
    """The year of these last two digits."""
    year = now.year // 100 * 100 + int(digits)
    return year if len(digits) == len("26") and year - now.year in _NEAR_YEARS else None


def _in_names(typed: list[str], words: DayWords, now: datetime) -> set[date]:
    """A day of a month by its name, whichever stands first, perhaps with its weekday and its year."""
    numbers = [int(match[1]) for word in typed if (match := _NUMBER.fullmatch(word))]
    years = [int(word) for word in typed if _YEAR.fullmatch(word)]
    names = [word for word in typed if not word[0].isdecimal() and word not in words.beside]
    digits = sum(word[0].isdecimal() for word in typed)
    if len(numbers) != 1 or len(years) > 1 or len(numbers + years) != digits:
        return set()
    found: set[date] = set()
    for index, name in enumerate(names):
        others = names[:index] + names[index + 1 :]
        for month in words.months.get(name, frozenset()):
            day = _date(years[0] if years else None, month, numbers[0], now=now)
            if day and all(day.weekday() in words.weekdays.get(other, ()) for other in others):
                found.add(day)
    return found


def _date(year: int | None, month: int, day: int, *, now: datetime) -> date | None:
    """Without a year the next one, from the day on that it still is anywhere."""
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    earliest = (now.astimezone(UTC) + _BEHIND).date()
    for candidate in (year,) if year is not None else (earliest.year, earliest.year + 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year is not None or found >= earliest:
            return found
    return None
