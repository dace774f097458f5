"""How the process reports: events with fields, never tokens, bodies or addresses.

Everything goes one way: our events, what libraries log, warnings, and what nobody caught. An exception is
its types and where it was raised; its message may quote a title or an address, and is left out.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.settings import Log

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_LONGEST = 300
_BEGINNING = 30
_SAME_SECONDS = 60.0
_MOST_HEARD = 1000
_ADDRESS = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")

log = structlog.get_logger()


def set_up(log: Log) -> None:
    """Write events to standard error: text for a terminal, JSON lines for a machine.

    Libraries are heard from warnings upwards.
    """
    as_json = log.format == "json" or (log.format == "auto" and not sys.stderr.isatty())
    level = _LEVELS[log.level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_messages,
    ]
    renderer = _renderer(as_json)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _hear_libraries(max(level, logging.WARNING), shared, renderer)
    _hear_what_nobody_caught()


def _renderer(as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer()
    # Its own choice would show the values of local variables.
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)


def _hear_libraries(level: int, shared: list[Processor], renderer: Processor) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_of_library, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            use_get_message=False,
            pass_foreign_args=True,
        )
    )
    handler.addFilter(Seldom())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    logging.captureWarnings(True)


class Seldom(logging.Filter):
    """Lets what a library repeats through once a minute: of a lost database dbos complains all the time.

    What begins alike is the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self._heard: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it has not been heard within the minute."""
        beginning = (record.name, str(record.msg)[:_BEGINNING])
        if record.created - self._heard.get(beginning, 0.0) < _SAME_SECONDS:
            return False
        if len(self._heard) >= _MOST_HEARD:
            self._heard.clear()
        self._heard[beginning] = record.created
        return True


def _of_library(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What a library says, as an event; the values it would fill in stay out."""
    record: logging.LogRecord = event["_record"]
    values = event.pop("positional_args", None)
    is_warning = record.name == "py.warnings" and isinstance(values, tuple) and bool(values)
    says = str(values[0]) if is_warning else str(record.msg)
    first_line = next(iter(says.splitlines()), "")
    return {**event, "event": "library", "logger": record.name, "says": _shortened(first_line)}


def _shortened(line: str) -> str:
    return _ADDRESS.sub("…", line)[:_LONGEST]


def without_messages(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn `exc_info` into `error`, the type, and `exception`, where it was raised; no values, no words."""
    event.pop("stack_info", None)
    error = _error(event.pop("exc_info", None))
    if error is not None:
        event["error"] = type(error).__name__
        event["exception"] = "\n".join(_told(error))
    return event


def _error(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
    return None


def _told(error: BaseException) -> Iterator[str]:
    """Causes first, as Python tells them."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _told(earlier)
    yield "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _told(inner)


def _hear_what_nobody_caught() -> None:
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)
    sys.unraisablehook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def _uncaught(_kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    log.critical("uncaught", exc_info=error)


def _is_ours(record: logging.LogRecord) -> bool:
    """Not what any stranger can cause by sending no HTTP; aiohttp would repeat the bytes, addresses too."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
