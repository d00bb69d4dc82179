"""Statements as files: JSON Lines, CSV, Parquet, JSON Lines with attachments in a ZIP; written and read as streams.

JSON Lines holds each statement as an LRS gives it, ``stored`` included. CSV and Parquet add columns that spreadsheets
and notebooks use, ``redacted`` and ``voided`` among them, and keep the whole statement in the column ``statement``,
which is what an import reads. Sources: jsonlines.org; RFC 4180; Apache Parquet.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO, Final, Literal, cast, get_args

from content.xapi.parse import load_own
from content.xapi.readings.rule import score_of
from hub.db.blobs import BlobStore
from hub.db.types import from_micros
from hub.services import statement_archive, statement_parquet
from hub.services.errors import Invalid
from hub.services.exports import harmless
from hub.services.statement_rows import Row

Format = Literal["jsonl", "csv", "parquet", "zip"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
TYPES: Final[dict[str, str]] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}
#: Bytes of one line of a file that is brought in; a longer one is a fault.
LONGEST_LINE: Final = 8 * 1024 * 1024
_TEXTS: Final = (
    "id", "stored", "timestamp", "actor", "actor_name", "verb", "object", "object_name", "registration", "source",
)  # fmt: skip
COLUMNS: Final = (*_TEXTS, "score", "success", "completion", "duration", "redacted", "voided", "statement")


def full_text(row: Row) -> str:
    """The statement with ``stored``, as an LRS gives it."""
    stored = from_micros(row.stored).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f'{row.text[:-1]},"stored":"{stored}"}}'


def record(row: Row, source: str) -> dict[str, Any]:
    """One statement in columns."""
    said: Any = load_own(row.text)
    actor, thing, result = said["actor"], said["object"], said.get("result") or {}
    account = actor.get("account") or {}
    named = actor.get("mbox") or account.get("name") or actor.get("openid") or actor.get("mbox_sha1sum") or ""
    names = (thing.get("definition") or {}).get("name") or {}
    return {
        "id": row.id,
        "stored": from_micros(row.stored).isoformat(),
        "timestamp": said.get("timestamp", ""),
        "actor": named,
        "actor_name": actor.get("name", ""),
        "verb": said["verb"]["id"],
        "object": thing.get("id", ""),
        "object_name": next(iter(names.values()), ""),
        "registration": (said.get("context") or {}).get("registration", ""),
        "source": source,
        "score": score_of(result["score"]) if "score" in result else None,
        "success": result.get("success"),
        "completion": result.get("completion"),
        "duration": result.get("duration", ""),
        "redacted": row.redacted,
        "voided": row.voided,
        "statement": full_text(row),
    }


Rows = Iterable[tuple[Row, str]]
"""Statements, each with the name of its source."""


def as_jsonl(rows: Rows) -> Iterator[bytes]:
    """A statement a line."""
    for row, _source in rows:
        yield full_text(row).encode() + b"\n"


def as_csv(rows: Rows) -> Iterator[bytes]:
    """A head, then a line each; ``;`` between fields and no cell a formula, as spreadsheets of French offices want."""
    yield b"\xef\xbb\xbf" + ";".join(COLUMNS).encode() + b"\r\n"
    for row, source in rows:
        out = io.StringIO(newline="")
        values = record(row, source)
        csv.writer(out, delimiter=";", lineterminator="\r\n").writerow([_cell(values[name]) for name in COLUMNS])
        yield out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) and not value.startswith("{") else str(value)


def stream(rows: Rows, form: str, blobs: BlobStore) -> Iterator[bytes]:
    """The file of any format, in pieces. Parquet and ZIP are made on the disk first: their index stands at their
    end."""
    if form == "zip":
        yield from statement_archive.write(((row, full_text(row).encode() + b"\n") for row, _source in rows), blobs)
        return
    if form == "parquet":
        with tempfile.TemporaryFile() as file:
            statement_parquet.write((record(row, source) for row, source in rows), COLUMNS, cast(BinaryIO, file))
            file.seek(0)
            while piece := file.read(1 << 18):
                yield piece
        return
    yield from as_jsonl(rows) if form == "jsonl" else as_csv(rows)


@contextmanager
def at_hand(file: BinaryIO) -> Iterator[BinaryIO]:
    """A blob in which one can go back and forth: itself, or (from S3) a copy on the disk; closed at the end."""
    with file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield cast(BinaryIO, copy)


Lines = Iterator[tuple[int, bytes | None]]
"""(number from 1, the statement's JSON or what stands in its place); None: longer than ``LONGEST_LINE``."""


def lines(file: BinaryIO, form: str) -> Lines:
    """The statements of a file. Raises Invalid (``file``: ``not_a_table``, ``not_parquet``) for a file of another
    kind."""
    if form == "parquet":
        return statement_parquet.lines(file)
    head = file.read(2)
    file.seek(0)
    plain = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if head == b"\x1f\x8b" else file
    return _of_csv(plain) if form == "csv" else of_jsonl(plain)


def of_jsonl(file: BinaryIO) -> Lines:
    """The statements of JSON Lines. Raises Invalid (``file``: ``cut_short``)."""
    number = 0
    try:
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                yield number, None
            elif line.strip():
                yield number, line.removeprefix(b"\xef\xbb\xbf").strip()
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise Invalid({"file": "cut_short"}) from error


def _of_csv(file: BinaryIO) -> Lines:
    csv.field_size_limit(min(sys.maxsize, LONGEST_LINE))
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        first = text.readline(1 << 16)
        reader = csv.reader(chain([first], text), delimiter=";" if first.count(";") >= first.count(",") else ",")
        head = next(reader, [])
        if "statement" not in head:
            raise Invalid({"file": "not_a_table"})
        place = head.index("statement")
        for number, row in enumerate(reader, start=2):
            if row:
                yield number, (row[place] if place < len(row) else "").encode("utf-8", "surrogateescape")
    except (csv.Error, EOFError, OSError) as error:
        raise Invalid({"file": "cut_short"}) from error
    finally:
        text.detach()  # the file stays its owner's


Tell = Callable[[float, int], None]


def counted(pages: Iterable[Any], names: Mapping[Any, str], counts: dict[str, int], tell: Tell) -> Rows:
    """The rows of the ledger's pages with the names of their sources; ``counts`` is added to, ``tell`` (share, rows)
    is called after each page."""
    for page in pages:
        for row in page.rows:
            counts["statements"] = counts.get("statements", 0) + 1
            counts["redacted"] = counts.get("redacted", 0) + row.redacted
            counts["voided"] = counts.get("voided", 0) + row.voided
            if row.attachments:
                counts["attachments"] = counts.get("attachments", 0) + len(row.attachments)
            yield row, names.get(row.source_id, "hub" if row.source_id is None else str(row.source_id))
        tell(page.share, counts.get("statements", 0))
