"""Parquet, by pyarrow, which is an extra: who lacks it is told what to install.

Needs the extra ``parquet``. Source: Apache Parquet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Final

from hub.services.errors import Invalid

GROUP: Final = 2000
_KINDS: Final = {"score": "float64", "success": "bool_", "completion": "bool_", "redacted": "bool_", "voided": "bool_"}


class ParquetMissing(Invalid):
    """The library for Parquet is not installed."""

    code = "parquet_missing"

    def __init__(self) -> None:
        super().__init__({"format": "parquet_missing"})


def library() -> Any:
    """pyarrow with its Parquet part. Raises ParquetMissing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ParquetMissing from error
    return pyarrow


def write(records: Iterable[dict[str, Any]], columns: Sequence[str], file: BinaryIO) -> None:
    """A file of texts, numbers and truths, a row group each 2,000 records. Raises ParquetMissing."""
    arrow = library()
    schema = arrow.schema([(name, getattr(arrow, _KINDS.get(name, "string"))()) for name in columns])
    with arrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        group: list[dict[str, Any]] = []
        for one in records:
            group.append(one)
            if len(group) == GROUP:
                writer.write_table(arrow.Table.from_pylist(group, schema))
                group = []
        writer.write_table(arrow.Table.from_pylist(group, schema))


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """(row from 1, its column ``statement``). Raises Invalid (``file``: ``not_a_table``, ``not_parquet``)."""
    arrow = library()
    try:
        table = arrow.parquet.ParquetFile(file)
        if "statement" not in table.schema_arrow.names:
            raise Invalid({"file": "not_a_table"})
        number = 0
        for batch in table.iter_batches(batch_size=500, columns=["statement"]):
            for value in batch.column(0).to_pylist():
                number += 1
                yield number, value if isinstance(value, bytes) else str(value or "").encode()
    except arrow.ArrowException as error:
        raise Invalid({"file": "not_parquet"}) from error
