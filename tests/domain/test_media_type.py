"""The type of a file is told from its bytes."""

import pytest

from hub.domain.media_type import sniff


@pytest.mark.parametrize(
    ("head", "name", "found"),
    [
        (b"%PDF-1.7\n", "x.html", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "photo.png", "image/png"),
        (b"\xff\xd8\xff\xe0", "photo.jpg", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "IMG_1.HEIC", "image/heic"),
        (b"\x00\x00\x00\x18ftypmp42", "film.mp4", "video/mp4"),
        (b"PK\x03\x04\x14", "cv.DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04\x14", "files.zip", "application/zip"),
        (b"<html><script>alert(1)</script>", "page.html", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "a.svg", "text/plain"),
        ("été ".encode()[:-2] + b"\xc3", "cut.txt", "text/plain"),
        (b"\x00\x01\x02", "a.txt", "application/octet-stream"),
        (b"\xff\xfe\xfa caf\xe9 bien plus loin", "a.txt", "application/octet-stream"),
        (b"", "empty", "application/octet-stream"),
    ],
)
def test_sniff(head: bytes, name: str, found: str) -> None:
    assert sniff(head, name) == found
