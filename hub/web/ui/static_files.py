"""Own and vendored static files under names that carry a hash of their content, minified and compressed once."""

import gzip
import hashlib
import mimetypes
import re
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of a file asked for under its hashed name."""

_HASHED = re.compile(r"^(?P<stem>.+)\.(?P<hash>[0-9a-f]{10})(?P<ext>\.[a-z0-9]+)$")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_GAPS = re.compile(r"\s*([{};,>])\s*|\n+\s*")
_TEXT = ("text/", "image/svg+xml", "application/javascript")


@dataclass(frozen=True)
class StaticFile:
    """One file as it is served. `content` is already minified; `name` is relative to the static folder."""

    name: str
    content: bytes

    @cached_property
    def hash(self) -> str:
        """Ten hexadecimal digits of the SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()[:10]

    @cached_property
    def media_type(self) -> str:
        """Media type, with ``charset=utf-8`` for text."""
        guessed = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed

    @cached_property
    def compressed(self) -> bytes | None:
        """The content in gzip, for a browser that accepts it; None where it would not be smaller (images)."""
        return gzip.compress(self.content, 9, mtime=0) if self.media_type.startswith(_TEXT) else None

    @property
    def hashed_name(self) -> str:
        """``hub.css`` -> ``hub.1a2b3c4d5e.css``."""
        path = Path(self.name)
        return path.with_name(f"{path.stem}.{self.hash}{path.suffix}").as_posix()


class StaticFiles:
    """The static folder. Thread-safe; files are read once, or at each request when `reload` is on (development).

    ``hub.css`` is not a file but the sheets of ``css/`` in the order of their names, joined and minified.
    """

    def __init__(self, folder: Path = STATIC, prefix: str = "/static/", reload: bool = False) -> None:
        self._folder = folder
        self._prefix = prefix
        self._reload = reload
        self._files: dict[str, StaticFile] = {}
        self._lock = threading.Lock()

    def url(self, name: str) -> str:
        """Address of a file under its hashed name; give it to templates as `static_url`.

        :raises FileNotFoundError: for a name that the folder does not hold.
        """
        return self._prefix + self._get(name).hashed_name

    def find(self, requested: str) -> tuple[StaticFile, bool] | None:
        """The file asked for below the prefix, and whether it may be cached for ever (its hash is the present one).

        A hash of another version answers with the present content and may not be cached. None for an unknown name.
        """
        match = _HASHED.match(requested)
        name = match["stem"] + match["ext"] if match else requested
        try:
            file = self._get(name)
        except FileNotFoundError:
            return None
        return file, bool(match and match["hash"] == file.hash)

    def _get(self, name: str) -> StaticFile:
        with self._lock:
            if self._reload or name not in self._files:
                self._files[name] = StaticFile(name, self._read(name))
            return self._files[name]

    def _read(self, name: str) -> bytes:
        if name == "hub.css":
            sheets = sorted((self._folder / "css").glob("*.css"))
            return minify_css("".join(sheet.read_text("utf-8") for sheet in sheets)).encode()
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            raise FileNotFoundError(name)
        return path.read_bytes()


def minify_css(text: str) -> str:
    """Remove comments, line ends and the blanks around braces, commas and semicolons. Strings of our sheets hold
    none of them."""
    return _GAPS.sub(lambda match: match[1] or " ", _COMMENT.sub("", text)).replace(";}", "}").strip()
