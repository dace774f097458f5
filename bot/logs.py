"""How the process reports: events with fields, never tokens, bodies or addresses."""

import logging
import sys

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from bot.settings import Log

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up(log: Log) -> None:
    """Write events to standard error: text for a terminal, JSON lines for a machine."""
    as_json = log.format == "json" or (log.format == "auto" and not sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    level = _LEVELS[log.level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if as_json else structlog.processors.StackInfoRenderer(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    logging.basicConfig(stream=sys.stderr, level=max(level, logging.WARNING), format="%(name)s: %(message)s")


def _is_ours(record: logging.LogRecord) -> bool:
    """Not what any stranger can cause by sending no HTTP; aiohttp would repeat the bytes, addresses too."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
