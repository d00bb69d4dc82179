"""Static files under hashed names."""

import gzip
from pathlib import Path

import pytest

from hub.web.ui.static_files import StaticFiles, minify_css


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "20-b.css").write_text("/* two */\nb { color: red; }\n", "utf-8")
    (tmp_path / "css" / "10-a.css").write_text("a > i {\n  margin: calc(1rem + 2px);\n}\n", "utf-8")
    (tmp_path / "app.js").write_text("1", "utf-8")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "lib.min.js").write_text("2", "utf-8")
    return tmp_path


def test_the_sheet_is_joined_in_order_and_minified(folder: Path) -> None:
    found = StaticFiles(folder).find("hub.css")
    assert found is not None
    assert found[0].content == b"a>i{margin: calc(1rem + 2px)}b{color: red}"


def test_only_the_present_hash_may_be_cached_for_ever(folder: Path) -> None:
    files = StaticFiles(folder)
    name = files.url("vendor/lib.min.js").removeprefix("/static/")
    assert name.startswith("vendor/lib.min.")
    asked = [files.find(one) for one in (name, "vendor/lib.min.js", "vendor/lib.min.0123456789.js")]
    assert [found and (found[0].content, found[1]) for found in asked] == [(b"2", True), (b"2", False), (b"2", False)]


def test_a_change_changes_the_address(folder: Path) -> None:
    before = StaticFiles(folder).url("app.js")
    (folder / "app.js").write_text("3", "utf-8")
    assert StaticFiles(folder).url("app.js") != before


def test_files_are_read_again_in_development_only(folder: Path) -> None:
    kept, fresh = StaticFiles(folder), StaticFiles(folder, reload=True)
    before = kept.url("app.js"), fresh.url("app.js")
    (folder / "app.js").write_text("3", "utf-8")
    assert kept.url("app.js") == before[0]
    assert fresh.url("app.js") != before[1]


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "css", "nothing.js", "vendor/../../secret"])
def test_nothing_outside_the_folder_is_found(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_text("x", "utf-8")
    assert StaticFiles(folder).find(name) is None


def test_a_missing_file_has_no_address(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        StaticFiles(folder).url("nothing.js")


def test_text_is_compressed_once_and_images_are_not(folder: Path) -> None:
    (folder / "photo.png").write_bytes(b"\x89PNG")
    files = StaticFiles(folder)
    script, photo = files.find("app.js"), files.find("photo.png")
    assert script is not None
    assert script[0].compressed is not None
    assert gzip.decompress(script[0].compressed) == b"1"
    assert photo is not None
    assert photo[0].compressed is None
    assert photo[0].media_type == "image/png"


def test_minifying_leaves_selectors_with_descendants_alone() -> None:
    assert minify_css(".a .b,\n.c { top: 0; }") == ".a .b,.c{top: 0}"
