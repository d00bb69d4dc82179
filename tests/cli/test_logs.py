"""Log lines: one object or one line an event, without what names a person or opens a door."""

import json
import logging

import pytest
import structlog

from hub.cli import _logs


@pytest.fixture(autouse=True)
def _loggers_as_before() -> object:
    root, queue = logging.getLogger(), logging.getLogger("waitress.queue")
    handlers, levels = root.handlers[:], (root.level, queue.level)
    yield
    root.handlers[:] = handlers
    root.level, queue.level = levels
    structlog.reset_defaults()


SECRETS = (
    "ines@example.org",
    "06 12 34 56 78",
    "o6m8gQYoKPpAw-_lKSqoThzJc4T6BnN5hpWf24ywqf8",
    "s3same-s3same",
)
SAID = (
    "mail to ines@example.org, phone 06 12 34 56 78, GET /s/o6m8gQYoKPpAw-_lKSqoThzJc4T6BnN5hpWf24ywqf8, "
    "postgresql://hub:s3same-s3same@db/hub, token=s3same-s3same, Authorization: Bearer s3same-s3same"
)


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_that_names_a_person_or_opens_a_door_is_logged(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    _logs.install(form)
    log = logging.getLogger("hub.test")
    log.warning("%s", SAID)
    try:
        raise ValueError(SAID)
    except ValueError:
        log.exception("it failed")
    written = capsys.readouterr().err
    assert [secret for secret in SECRETS if secret in written] == []
    assert "it failed" in written
    assert "ValueError" in written


def test_a_browser_that_asks_for_several_files_at_once_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    _logs.install("text")
    logging.getLogger("waitress.queue").warning("Task queue depth is %d", 3)
    assert capsys.readouterr().err == ""


def test_as_json_each_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    _logs.install("json")
    logging.getLogger("hub.test").info("slow unit on tenant %s: %.2f s", "generateur", 2.5)
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == (
        "slow unit on tenant generateur: 2.50 s", "info", "hub.test",
    )  # fmt: skip
    assert told["timestamp"].endswith("Z")
