"""The line map's drawings: one SVG a row of a module for wide screens, one rail a step for phones.

Geometry (pixels of the viewBox): a step is 132 wide, a track 30 above the next; with A = the most other ways of a
step in the whole path, the own track lies at y0 = 30 A + 28 and every drawing is y0 + 24 high, so that the line runs
on from one to the next.

What is put in are numbers and class names of our own: plain strings, marked safe once a drawing (``Markup.format``
would take most of the time of a page of forty steps).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from hub.web.ui.map_model import Audience, MapModule, MapStep
from hub.web.ui.words import modality_class

STEP = 132
LEVEL = 30
END = 4
STATION, NEXT_STATION = 34, 40
PLATE, COUNTED_PLATE, PLATE_HEIGHT, PICTOGRAM = 30, 46, 24, 18


def track_class(modality: str | None) -> str:
    """Class of a track; ``m0`` where no way is chosen yet."""
    return modality_class(modality) if modality else "m0"


@dataclass(frozen=True, slots=True)
class Row:
    """One drawing: at most eight steps of a module. `first`/`last`: the path begins or ends here; `alternatives` is A.

    `rtl` mirrors every position (x' = width - x), never the signs. `fullest` is the count that gets the saffron disc.
    """

    steps: Sequence[MapStep]
    alternatives: int
    audience: Audience
    first: bool = False
    last: bool = False
    rtl: bool = False
    fullest: int = 0

    @property
    def width(self) -> int:
        """Width of the viewBox."""
        return STEP * len(self.steps)

    @property
    def base(self) -> int:
        """y0, the height of the own track."""
        return LEVEL * self.alternatives + 28

    @property
    def height(self) -> int:
        """H, equal for every row of a path."""
        return self.base + 24

    def x(self, position: float) -> float:
        """Mirror a position when the script runs from right to left."""
        return self.width - position if self.rtl else position

    def centre(self, index: int) -> float:
        """Centre of the step at `index` in this row."""
        return self.x(STEP * index + STEP // 2)

    def draw(self) -> Markup:
        """The whole drawing, hidden from screen readers: the list beneath says the same."""
        layers = (
            self._frames(),
            self._other_ways(),
            self._own_track(),
            self._termini(),
            self._plates(),
            self._stations(),
        )
        body = "".join(piece for layer in layers for piece in layer)
        return Markup(  # noqa: S704 numbers and our own class names
            f'<svg class="tracks" viewBox="0 0 {self.width} {self.height}" aria-hidden="true">{body}</svg>'
        )

    def _frames(self) -> Iterator[str]:
        for index, step in enumerate(self.steps):
            if step.selected:
                x, height = self.centre(index) - 60, self.height - 4
                yield f'<rect class="selected-frame" x="{x:g}" y="2" width="120" height="{height}" rx="14"/>'

    def _other_ways(self) -> Iterator[str]:
        thin = "" if self.audience == "designer" else " other"
        for index, step in enumerate(self.steps):
            for level, way in enumerate(step.others, start=1):
                yield _track(modality_class(way.modality) + thin, self._siding(index, level))

    def _siding(self, index: int, level: int) -> str:
        middle = STEP * index + STEP // 2
        low, high = self.base, self.base - LEVEL * level
        left, curve_in, curve_out, start = (self.x(middle - gap) for gap in (62, 44, 54, 36))
        end, leave, land, right = (self.x(middle + gap) for gap in (36, 54, 44, 62))
        return (
            f"M{left:g} {low}C{curve_in:g} {low} {curve_out:g} {high} {start:g} {high}"
            f"H{end:g}C{leave:g} {high} {land:g} {low} {right:g} {low}"
        )

    def _own_track(self) -> Iterator[str]:
        for index, step in enumerate(self.steps):
            start = END if self.first and index == 0 else STEP * index
            end = self.width - END if self.last and index == len(self.steps) - 1 else STEP * (index + 1)
            yield _track(track_class(step.modality), f"M{self.x(start):g} {self.base}H{self.x(end):g}")

    def _termini(self) -> Iterator[str]:
        for present, position in ((self.first, END), (self.last, self.width - END)):
            if present:
                yield f'<path class="terminus" d="M{self.x(position):g} {self.base - 11}v22"/>'

    def _plates(self) -> Iterator[str]:
        for index, step in enumerate(self.steps):
            for level, way in enumerate(step.others, start=1):
                yield _plate(modality_class(way.modality), self.centre(index), self.base - LEVEL * level, way.count)

    def _stations(self) -> Iterator[str]:
        for index, step in enumerate(self.steps):
            x = self.centre(index)
            if self.audience == "trainer":
                here = step.here or 0
                disc = ' class="f"' if here and here == self.fullest else ""
                yield (
                    f'<g class="s" transform="translate({x:g} {self.base})"><circle r="16"{disc}/>'
                    f'<text class="n" y="5">{here}</text></g>'
                )
                continue
            size = NEXT_STATION if step.state == "todo" else STATION
            if step.state == "todo":
                yield f'<circle class="halo" cx="{x:g}" cy="{self.base}" r="24"/>'
            left, top = x - size / 2, self.base - size / 2
            yield f'<use href="#s-{escape(step.state)}" x="{left:g}" y="{top:g}" width="{size}" height="{size}"/>'


def _track(css: str, path: str) -> str:
    return f'<g class="{css}"><path class="v" d="{path}"/><path class="v" d="{path}"/></g>'


def _plate(css: str, x: float, y: int, count: int | None) -> str:
    width = PLATE if count is None else COUNTED_PLATE
    pictogram_x = x - PICTOGRAM / 2 if count is None else x - 19
    text = "" if count is None else f'<text class="count" x="{x + 11:g}" y="{y + 5}">{count}</text>'
    top, pictogram_y = y - PLATE_HEIGHT // 2, y - PICTOGRAM // 2
    return (
        f'<g class="{css}"><rect class="plate" x="{x - width / 2:g}" y="{top}" width="{width}" height="24" rx="8"/>'
        f'<use href="#i-{css}" x="{pictogram_x:g}" y="{pictogram_y}" width="18" height="18" class="pictogram"/>'
        f"{text}</g>"
    )


def rail(step: MapStep, audience: Audience, first: bool, last: bool, most: int) -> Markup:
    """The piece of line beside a step on a phone. In rem and without viewBox, so that it stretches with the text."""
    top, bottom = "2rem" if first else "0", "2rem" if last else "100%"
    line = f'<line class="v" x1="1.75rem" x2="1.75rem" y1="{top}" y2="{bottom}"/>'
    bar = '<line class="terminus" x1=".7rem" x2="2.8rem" y1="2rem" y2="2rem"/>' if first or last else ""
    return Markup(  # noqa: S704 numbers and our own class names
        f'<svg class="rail {track_class(step.modality)}" aria-hidden="true">{line}{line}{bar}'
        f"{_rail_station(step, audience, most)}</svg>"
    )


def _rail_station(step: MapStep, audience: Audience, most: int) -> str:
    if audience == "trainer":
        here = step.here or 0
        fill = ' class="f"' if here and here == most else ""
        return (
            f'<g class="s"><circle cx="1.75rem" cy="2rem" r="1rem"{fill}/>'
            f'<text class="n" x="1.75rem" y="2rem" dy=".35em">{here}</text></g>'
        )
    halo = '<circle class="halo" cx="1.75rem" cy="2rem" r="1.5rem"/>' if step.state == "todo" else ""
    return f'{halo}<use href="#s-{escape(step.state)}" x=".6rem" y=".85rem" width="2.3rem" height="2.3rem"/>'


def most_alternatives(modules: Sequence[MapModule]) -> int:
    """A: the most other ways that one step of the path has."""
    return max((len(step.others) for module in modules for step in module.steps), default=0)
