"""Build hook: the browser libraries are fetched by npm while the wheel is built (hub.web.assets)."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling for a wheel and for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill ``hub/web/static/vendor``.

        A wheel is not built without it; an editable install goes on with a warning, and the next start mends it.
        """
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from hub.web import assets

            try:
                assets.build(root / "hub" / "web" / "static" / "vendor", root)
            except assets.AssetError as error:
                if version != "editable":
                    raise
                self.app.display_warning(f"browser libraries are missing: {error}")
        finally:
            sys.path.remove(str(root))
