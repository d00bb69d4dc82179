"""The line map's drawings: one SVG a row of a module for wide screens, one rail a step for phones.

Geometry (pixels of the viewBox): a step is 132 wide, a track 30 above the next; with A = the most other ways of a
step in the whole path, the own track lies at y0 = 30 A + 28 and every drawing is y0 + 24 high, so that the line runs
on from one to the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

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
        body = Markup("").join(piece for layer in layers for piece in layer)
        return Markup('<svg class="tracks" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
            self.width, self.height, body
        )

    def _frames(self) -> Iterator[Markup]:
        for index, step in enumerate(self.steps):
            if step.selected:
                yield Markup('<rect class="selected-frame" x="{:g}" y="2" width="120" height="{}" rx="14"/>').format(
                    self.centre(index) - 60, self.height - 4
                )

    def _other_ways(self) -> Iterator[Markup]:
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

    def _own_track(self) -> Iterator[Markup]:
        for index, step in enumerate(self.steps):
            start = END if self.first and index == 0 else STEP * index
            end = self.width - END if self.last and index == len(self.steps) - 1 else STEP * (index + 1)
            yield _track(track_class(step.modality), f"M{self.x(start):g} {self.base}H{self.x(end):g}")

    def _termini(self) -> Iterator[Markup]:
        for present, position in ((self.first, END), (self.last, self.width - END)):
            if present:
                yield Markup('<path class="terminus" d="M{:g} {}v22"/>').format(self.x(position), self.base - 11)

    def _plates(self) -> Iterator[Markup]:
        for index, step in enumerate(self.steps):
            for level, way in enumerate(step.others, start=1):
                yield _plate(modality_class(way.modality), self.centre(index), self.base - LEVEL * level, way.count)

    def _stations(self) -> Iterator[Markup]:
        for index, step in enumerate(self.steps):
            x = self.centre(index)
            if self.audience == "trainer":
                here = step.here or 0
                yield Markup(
                    '<g class="s" transform="translate({:g} {})"><circle r="16"{}/><text class="n" y="5">{}</text></g>'
                ).format(x, self.base, Markup(' class="f"') if here and here == self.fullest else "", here)
                continue
            size = NEXT_STATION if step.state == "todo" else STATION
            if step.state == "todo":
                yield Markup('<circle class="halo" cx="{:g}" cy="{}" r="24"/>').format(x, self.base)
            yield Markup('<use href="#s-{}" x="{:g}" y="{:g}" width="{}" height="{}"/>').format(
                step.state, x - size / 2, self.base - size / 2, size, size
            )


def _track(css: str, path: str) -> Markup:
    return Markup('<g class="{}"><path class="v" d="{}"/><path class="v" d="{}"/></g>').format(css, path, path)


def _plate(css: str, x: float, y: int, count: int | None) -> Markup:
    width = PLATE if count is None else COUNTED_PLATE
    pictogram_x = x - PICTOGRAM / 2 if count is None else x - 19
    text = (
        Markup("")
        if count is None
        else Markup('<text class="count" x="{:g}" y="{}">{}</text>').format(x + 11, y + 5, count)
    )
    return Markup(
        '<g class="{0}"><rect class="plate" x="{1:g}" y="{2}" width="{3}" height="24" rx="8"/>'
        '<use href="#i-{0}" x="{4:g}" y="{5}" width="18" height="18" class="pictogram"/>{6}</g>'
    ).format(css, x - width / 2, y - PLATE_HEIGHT // 2, width, pictogram_x, y - PICTOGRAM // 2, text)


def rail(step: MapStep, audience: Audience, first: bool, last: bool, most: int) -> Markup:
    """The piece of line beside a step on a phone. In rem and without viewBox, so that it stretches with the text."""
    line = Markup('<line class="v" x1="1.75rem" x2="1.75rem" y1="{}" y2="{}"/>').format(
        "2rem" if first else "0", "2rem" if last else "100%"
    )
    bar = Markup('<line class="terminus" x1=".7rem" x2="2.8rem" y1="2rem" y2="2rem"/>') if first or last else Markup("")
    return Markup('<svg class="rail {}" aria-hidden="true">{}{}{}{}</svg>').format(
        track_class(step.modality), line, line, bar, _rail_station(step, audience, most)
    )


def _rail_station(step: MapStep, audience: Audience, most: int) -> Markup:
    if audience == "trainer":
        here = step.here or 0
        fill = Markup(' class="f"') if here and here == most else ""
        return Markup(
            '<g class="s"><circle cx="1.75rem" cy="2rem" r="1rem"{}/>'
            '<text class="n" x="1.75rem" y="2rem" dy=".35em">{}</text></g>'
        ).format(fill, here)
    halo = Markup('<circle class="halo" cx="1.75rem" cy="2rem" r="1.5rem"/>') if step.state == "todo" else ""
    sign = Markup('<use href="#s-{}" x=".6rem" y=".85rem" width="2.3rem" height="2.3rem"/>').format(step.state)
    return Markup("{}{}").format(halo, sign)


def most_alternatives(modules: Sequence[MapModule]) -> int:
    """A: the most other ways that one step of the path has."""
    return max((len(step.others) for module in modules for step in module.steps), default=0)
