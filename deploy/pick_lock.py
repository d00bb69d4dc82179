"""Print the entries of a lock for some libraries: what an extra adds to the lock for running, with its hashes.

python3 deploy/pick_lock.py requirements-dev.lock gunicorn boto3 …
"""

import re
import sys
from pathlib import Path


def picked(lock: str, names: set[str]) -> list[str]:
    """The whole entries, in the order of the lock. Raises SystemExit for a library that the lock lacks."""
    entries = re.findall(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[.*\])?==(?:.*\\\n)*.*$", lock, re.MULTILINE)
    found = [m[0] for m in re.finditer(r"^[A-Za-z0-9._-]+(?:\[.*\])?==(?:.*\\\n)*.*$", lock, re.MULTILINE)]
    missing = names - set(entries)
    if missing:
        raise SystemExit(f"not in the lock: {', '.join(sorted(missing))}")
    return [entry for name, entry in zip(entries, found, strict=True) if name in names]


if __name__ == "__main__":
    print("\n".join(picked(Path(sys.argv[1]).read_text("utf-8"), set(sys.argv[2:]))))
