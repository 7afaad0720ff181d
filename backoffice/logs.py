"""Logs are JSON lines on standard error, without bodies, secrets or personal data; readable lines where DEBUG is on."""

import logging.config
import re

import structlog

_LINKS = re.compile(r"(/login/(?:invitation|reset)/)[^/\s\"']+")


def without_links(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Whoever holds an invitation's or a reset's address may choose the password: it stands in no log."""
    return {key: _LINKS.sub(r"\1…", value) if isinstance(value, str) else value for key, value in line.items()}


def configure(_: dict[str, object]) -> None:
    """Django's LOGGING_CONFIG: set the standard library's loggers and structlog up, once a process."""
    from django.conf import settings

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_links,
    ]
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)  # no locals
        if settings.DEBUG
        else structlog.processors.JSONRenderer()
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "lines": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "httpx": {"level": "WARNING"},  # it would write whole addresses
                "httpcore": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},  # a line for every message and every task: too many
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
