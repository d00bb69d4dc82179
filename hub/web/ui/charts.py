"""Charts drawn on the server: an SVG and, always, its table twin. Values stand at the marks, so no chart has a legend.

Sizes are those of the style guide: 360 wide, text 14, at most 27 rem on screen. A rate over fewer than five persons is
not drawn. Every function returns a `Chart`: `figure(title)` for a card, `inline()` for a cell, `table(label)` alone.
"""

from hub.web.ui.chart import Chart
from hub.web.ui.charts_by_modality import FEWEST, ModalityHours, Rate, modality_bars, rate_dots, wilson
from hub.web.ui.charts_in_time import HeatDay, heat_strip, progress_curve, sparkline

__all__ = [
    "FEWEST",
    "Chart",
    "HeatDay",
    "ModalityHours",
    "Rate",
    "heat_strip",
    "modality_bars",
    "progress_curve",
    "rate_dots",
    "sparkline",
    "wilson",
]
