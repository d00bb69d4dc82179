"""QR codes as inline SVG, drawn here: no picture to load, no other site to ask."""

import segno
from markupsafe import Markup

from hub.urls.addresses import base_address
from hub.web.context import here


def qr(text: str, label: str, css: str = "qr") -> Markup:
    """The code of ``text`` (ISO/IEC 18004, error level M), black on white in both themes; ``label`` is what is read
    aloud."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=4, omitsize=True, dark="#000", light="#fff"
    )
    inner = Markup(drawn)  # noqa: S704 made by segno from numbers alone
    return Markup('<div class="{}" role="img" aria-label="{}">{}</div>').format(css, label, inner)


def absolute(path: str) -> str:
    """The whole address of a path of this site, as it is written on paper and in messages."""
    where = here()
    return base_address(where.installation.config, where.record.hosts[0]) + path
