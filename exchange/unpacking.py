"""Parquet to JSON Lines, as a program of its own: `python -I unpacking.py FILE LIMITS`, started by `parquet.py`.

A Parquet file says itself how much memory its reader shall take. So it is read by a process that may take so much and
no more, and that takes nobody along when it dies. Standard output gets one object a row; the last line of standard
error says why there are no more. LIMITS is JSON: {memory, rows, ratio, free, quiet}; `quiet` decodes
everything and prints the number of rows alone.
"""

import contextlib
import json
import math
import os
import resource
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Rows that are decoded at a time; a row of any size is possible, so few.
_ROWS = 256
_BUFFER = 1 << 20
_DEPTH = 12
CANNOT = 3


class Unfit(Exception):
    """The file cannot be taken; the words are for people."""


def main() -> None:
    path, limits = sys.argv[1], json.loads(sys.argv[2])
    # A limit of the system's own that is lower still stays.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    try:
        _unpack(path, limits)
    except Unfit as unfit:
        _give_up(str(unfit))
    except MemoryError:
        _give_up("the Parquet needs more memory to read than a file of comparisons should; write it with smaller pages")
    except BrokenPipeError:
        # Whoever asked has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "pyarrow" and not isinstance(error, OSError | ValueError):
            raise
        _give_up(
            f"the Parquet is damaged or not complete ({' '.join(str(error).split())[:200]}); fetch or write it again"
        )


def _give_up(words: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"{words}.\n")
    sys.exit(CANNOT)


def _unpack(path: str, limits: dict[str, Any]) -> None:
    from pyarrow import parquet

    with parquet.ParquetFile(
        path,
        buffer_size=_BUFFER,
        pre_buffer=False,
        thrift_string_size_limit=limits["memory"] // 8,
        thrift_container_size_limit=1_000_000,
        page_checksum_verification=True,
    ) as file:
        _look(file, limits)
        names = file.schema_arrow.names
        out = sys.stdout.buffer
        out.write(json.dumps(names).encode() + b"\n")
        rows = 0
        for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
            rows += batch.num_rows
            if limits["quiet"]:
                continue
            for n in range(batch.num_rows):
                row = plain({name: batch.column(at)[n].as_py() for at, name in enumerate(names)})
                out.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        if rows != file.metadata.num_rows:
            raise Unfit(f"the Parquet declares {file.metadata.num_rows:,} rows and holds {rows:,}")
        if limits["quiet"]:
            out.write(f"{rows}\n".encode())
        out.flush()


def _look(file: Any, limits: dict[str, Any]) -> None:
    """Refuse by what the file says of itself, before a page of it is read."""
    about = file.metadata
    if about.num_rows > limits["rows"]:
        raise Unfit(f"the Parquet declares {about.num_rows:,} rows; at most {limits['rows']:,} are taken")
    size = os.path.getsize(sys.argv[1])
    declared = 0
    for n in range(about.num_row_groups):
        group = about.row_group(n)
        chunks = [group.column(at) for at in range(group.num_columns)]
        declared += sum(chunk.total_uncompressed_size for chunk in chunks)
        if any(chunk.total_compressed_size > size for chunk in chunks):
            raise Unfit(f"row group {n} of the Parquet declares more bytes than the file has")
    if declared > max(limits["free"], limits["ratio"] * size):
        raise Unfit(f"the Parquet declares {declared:,} bytes unpacked, more than {limits['ratio']} times its size")
    names = file.schema_arrow.names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unfit(f"the column {ascii(twice[0])[:60]} is there twice")
    for field in file.schema_arrow:
        _fits(field.type, field.name, _DEPTH)


def _fits(kind: Any, where: str, depth: int) -> None:
    from pyarrow import types

    inner: list[tuple[str, Any]] = []
    if types.is_struct(kind):
        inner = [(f"{where}.{kind.field(n).name}", kind.field(n).type) for n in range(kind.num_fields)]
    elif types.is_list(kind) or types.is_large_list(kind):
        inner = [(f"{where}[]", kind.value_type)]
    elif types.is_dictionary(kind):
        inner = [(where, kind.value_type)]
    elif not any(
        fits(kind)
        for fits in (
            types.is_string,
            types.is_large_string,
            types.is_string_view,
            types.is_integer,
            types.is_floating,
            types.is_boolean,
            types.is_null,
            types.is_timestamp,
        )
    ):
        raise Unfit(f"the column {ascii(where)[:80]} is of the type {str(kind)[:60]}, which no field of a row has")
    if depth == 0:
        raise Unfit(f"the column {ascii(where)[:80]} is nested too deeply")
    for name, one in inner:
        _fits(one, name, depth - 1)


def plain(value: Any) -> Any:
    """A value as JSON has it; what is null in an object is not there, as a column cannot be left out of one row."""
    if isinstance(value, dict):
        plained = ((key, plain(one)) for key, one in value.items())
        return {key: one for key, one in plained if one is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, float):
        # Columns of whole numbers with gaps are often written as fractions.
        return int(value) if value.is_integer() else (value if math.isfinite(value) else None)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


if __name__ == "__main__":
    main()
