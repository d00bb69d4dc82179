"""Pictures of the main pages for the documentation, taken by a real Chromium from a demo of its own."""

import base64
import json
import select
import shutil
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
WIDTHS: Final = {"wide": (1280, 900), "phone": (360, 780)}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
COLOURS: Final = 128
ANSWERS_WITHIN, PLAYED_WITHIN = 120.0, 600.0
Ids = Mapping[str, Mapping[str, str]]


class CannotPhotograph(Exception):
    """Something outside is missing or failed; the text says what, for the person at the terminal."""


@dataclass(frozen=True)
class Picture:
    """A page to photograph: name of the files, role, and its address from the demo's ids."""

    name: str
    role: str
    path: Callable[[Ids], str]


def _group(ids: Ids) -> str:
    return f"/groups/{ids['groups']['garonne']}"


PICTURES: Final = (
    Picture("learner-home", "learner", lambda _: "/home"),
    Picture("learner-path", "learner", lambda ids: f"/path/{ids['enrolments']['ines']}"),
    Picture("learner-sessions", "learner", lambda _: "/sessions"),
    Picture("trainer-today", "trainer", lambda _: "/today"),
    Picture("trainer-group", "trainer", _group),
    Picture("trainer-learner", "trainer", lambda ids: f"{_group(ids)}/learner/{ids['enrolments']['ines']}"),
    Picture("designer-paths", "designer", lambda _: "/design"),
    Picture("designer-catalogue", "designer", lambda _: "/catalogue"),
    Picture("mediator-help", "mediator", lambda _: "/help"),
    Picture("administrator-home", "administrator", lambda _: "/admin"),
    Picture("administrator-platforms", "administrator", lambda _: "/admin/platforms"),
)

_QUANTISE: Final = """async ([source, most]) => {
    const image = await createImageBitmap(await (await fetch("data:image/png;base64," + source)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height), brush = canvas.getContext("2d");
    brush.drawImage(image, 0, 0);
    const pixels = new Uint32Array(brush.getImageData(0, 0, image.width, image.height).data.buffer), counts = new Map();
    for (const colour of pixels) counts.set(colour, (counts.get(colour) || 0) + 1);
    const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, most).map(([colour]) => colour);
    const place = new Map(palette.map((colour, index) => [colour, index]));
    const far = (a, b) => [0, 8, 16].reduce((sum, bits) => sum + ((a >> bits & 255) - (b >> bits & 255)) ** 2, 0);
    for (const colour of counts.keys()) {
        if (place.has(colour)) continue;
        let best = 0, least = Infinity;
        palette.forEach((other, index) => { const d = far(colour, other); if (d < least) [best, least] = [index, d]; });
        place.set(colour, best);
    }
    const indices = Uint8Array.from(pixels, colour => place.get(colour));
    let text = "";
    for (let at = 0; at < indices.length; at += 32768)
        text += String.fromCharCode(...indices.subarray(at, at + 32768));
    return {width: image.width, height: image.height, palette: palette.map(c => [c & 255, c >> 8 & 255, c >> 16 & 255]),
            indices: btoa(text)};
}"""


def photograph(into: Path, work: Path, port: int, tell: Callable[[str], None]) -> int:
    """Photograph every page wide and on a phone, light and dark, into ``<name>-<width>-<scheme>.png``.

    ``work``: an empty folder for the demo, which takes ``port`` and the three after it. Gives the bytes written.
    Raises CannotPhotograph.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise CannotPhotograph("playwright is missing: install the extra named test") from error
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise CannotPhotograph("Chromium is missing: install the package chromium")
    into.mkdir(parents=True, exist_ok=True)
    written = 0
    with _demo(work, port) as (told, ids), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        states = {role: _sign_in(browser, link) for role, link in told["links"].items()}
        dark_room = browser.new_page()
        for picture in PICTURES:
            for name, content in _shots(browser, states[picture.role], told["hub"] + picture.path(ids)):
                small = _small(dark_room, content)
                (into / f"{picture.name}-{name}.png").write_bytes(small)
                written += len(small)
            tell(picture.name)
        browser.close()
    return written


@contextmanager
def _demo(folder: Path, port: int) -> Iterator[tuple[dict[str, Any], Ids]]:
    """A demo of its own, played: what it told, and the ids of its place."""
    command = [sys.executable, "-m", "hub.cli.main", "demo", "--json", "--port", str(port), "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - fixed
        try:
            assert process.stdout is not None  # noqa: S101 - piped above
            ready, _, _ = select.select([process.stdout], [], [], ANSWERS_WITHIN)
            line = process.stdout.readline() if ready else b""
            if not line:
                raise CannotPhotograph("the demo does not answer")
            _wait_until_played(port)
            note = json.loads((folder / "demo.json").read_text("utf-8"))
            yield json.loads(line), note["ids"]
        finally:
            process.terminate()


def _wait_until_played(port: int) -> None:
    pause = threading.Event()
    for _ in range(int(PLAYED_WITHIN * 2)):
        with urlopen(f"http://localhost:{port}/healthz", timeout=30) as answer:
            if json.load(answer)["played"]:
                return
        pause.wait(0.5)
    raise CannotPhotograph("the play does not end")


def _sign_in(browser: "Browser", link: str) -> Any:
    """Cookies of the person behind a single-use link."""
    page = browser.new_page(locale="fr-FR")
    page.goto(link)
    page.locator('[name="own_device"]').check()
    page.locator("main form button").click()
    page.wait_for_url(lambda url: "/s/" not in url)
    state = page.context.storage_state()
    page.close()
    return state


def _shots(browser: "Browser", state: Any, url: str) -> Iterator[tuple[str, bytes]]:
    for width, (across, down) in WIDTHS.items():
        for scheme in SCHEMES:
            page = browser.new_page(
                viewport={"width": across, "height": down},
                color_scheme=scheme,
                storage_state=state,
                locale="fr-FR",
                timezone_id="Europe/Paris",
                reduced_motion="reduce",
            )
            page.goto(url, wait_until="networkidle")
            yield f"{width}-{scheme}", page.screenshot()
            page.close()


def _small(page: "Page", content: bytes) -> bytes:
    """The picture with a palette of its most frequent colours (PNG, ISO/IEC 15948, colour type 3)."""
    read = page.evaluate(_QUANTISE, [base64.b64encode(content).decode(), COLOURS])
    width, rows = read["width"], base64.b64decode(read["indices"])
    lines = b"".join(b"\0" + rows[at : at + width] for at in range(0, len(rows), width))
    header = struct.pack(">IIBBBBB", width, read["height"], 8, 3, 0, 0, 0)
    palette = bytes(part for colour in read["palette"] for part in colour)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
