"""The hub as launching system of cmi5: launches, sessions, what units tell, waivers (docs/content.md, ADR 22)."""
