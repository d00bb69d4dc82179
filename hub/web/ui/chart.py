"""A chart: a drawing and the same figures as a table."""

from dataclasses import dataclass

from markupsafe import Markup

from hub.texts import gettext as _
from hub.web.ui.symbols import icon


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the same figures as a table. `sentence` is the drawing's text for screen readers."""

    drawing: Markup
    sentence: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def inline(self) -> Markup:
        """The drawing for a cell of a table, its sentence beside it for screen readers."""
        return Markup('{}<span class="visually-hidden">{}</span>').format(self.drawing, self.sentence)

    def table(self, label: str) -> Markup:
        """The table twin, named `label`; the first column names, the others are figures."""
        heads = Markup("").join(_th(text, "col", index > 0) for index, text in enumerate(self.head))
        rows = Markup("").join(
            Markup("<tr>{}{}</tr>").format(
                _th(row[0], "row", False),
                Markup("").join(Markup('<td class="end">{}</td>').format(cell) for cell in row[1:]),
            )
            for row in self.rows
        )
        return Markup(
            '<div class="table-wrap" tabindex="0" role="region" aria-label="{}"><table>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(label, heads, rows)

    def figure(self, title: str) -> Markup:
        """The chart as a card with its title, its table one click away."""
        return Markup(
            '<figure class="card"><figcaption>{}</figcaption>{}<details><summary>{}{}</summary>{}</details></figure>'
        ).format(title, self.drawing, icon("chevron", "chevron"), _("Le tableau"), self.table(title))


def _th(text: str, scope: str, figures: bool) -> Markup:
    return Markup('<th scope="{}"{}>{}</th>').format(scope, Markup(' class="end"') if figures else "", text)
