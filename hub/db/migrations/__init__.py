"""Alembic: the script of versions lies inside the package, and each tenant is migrated on a connection handed in."""
