"""Media types of files in packages, by their endings: a fixed table, so that every machine serves the same."""

from __future__ import annotations

from typing import Final

BINARY: Final = "application/octet-stream"
_TEXT: Final = {
    "css": "text/css", "csv": "text/csv", "htm": "text/html", "html": "text/html", "js": "text/javascript",
    "mjs": "text/javascript", "txt": "text/plain", "vtt": "text/vtt", "xml": "text/xml", "xsl": "text/xml",
    "xslt": "text/xml", "dtd": "text/plain", "xsd": "text/xml", "srt": "text/plain", "md": "text/plain",
}  # fmt: skip
_OTHER: Final = {
    "aac": "audio/aac", "avif": "image/avif", "bmp": "image/bmp", "eot": "application/vnd.ms-fontobject",
    "epub": "application/epub+zip", "flac": "audio/flac", "gif": "image/gif", "ico": "image/x-icon",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json", "m4a": "audio/mp4", "m4v": "video/mp4",
    "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4", "mpd": "application/dash+xml",
    "m3u8": "application/vnd.apple.mpegurl", "oga": "audio/ogg", "ogg": "audio/ogg", "ogv": "video/ogg",
    "opus": "audio/ogg", "otf": "font/otf", "pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml",
    "svgz": "image/svg+xml", "swf": "application/x-shockwave-flash", "ts": "video/mp2t", "ttf": "font/ttf",
    "wasm": "application/wasm", "wav": "audio/wav", "webm": "video/webm", "webmanifest": "application/manifest+json",
    "webp": "image/webp", "woff": "font/woff", "woff2": "font/woff2", "xhtml": "application/xhtml+xml",
    "zip": "application/zip", "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint", "rtf": "application/rtf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}  # fmt: skip


def media_type(name: str) -> str:
    """The type by the name's ending; what is not known is a download. Text has no charset: packages state their own,
    or the browser finds it."""
    end = name.rpartition(".")[2].lower()
    return _TEXT.get(end) or _OTHER.get(end) or BINARY
