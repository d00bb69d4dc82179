"""The views, one blueprint a module; discovered by hub.web.app."""
