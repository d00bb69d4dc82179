"""Readers of packages, one module a format: an archive in, a dataclass out, what was found said in ``Findings``."""
