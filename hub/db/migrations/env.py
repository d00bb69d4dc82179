"""Run by Alembic for one tenant (or the directory) on the connection that hub.db.migrate hands in."""

from alembic import context

from hub.db.migrate import render_type

attributes = context.config.attributes

context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("target_metadata"),
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
    render_item=render_type,
)
with context.begin_transaction():
    context.run_migrations()
