"""define_scope

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import hub.db.types

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_SOURCE = sa.table('xapi_source', sa.column('id', sa.Uuid()), sa.column('scopes', hub.db.types.Json()))


def upgrade() -> None:
    """Who may write could define until now: the scope that says so is new."""
    connection = op.get_bind()
    for key, scopes in connection.execute(sa.select(_SOURCE.c.id, _SOURCE.c.scopes)).all():
        if 'statements/write' in scopes and 'define' not in scopes:
            connection.execute(sa.update(_SOURCE).where(_SOURCE.c.id == key).values(scopes=[*scopes, 'define']))


def downgrade() -> None:
    connection = op.get_bind()
    for key, scopes in connection.execute(sa.select(_SOURCE.c.id, _SOURCE.c.scopes)).all():
        kept = [scope for scope in scopes if scope not in ('define', 'all/read')]
        connection.execute(sa.update(_SOURCE).where(_SOURCE.c.id == key).values(scopes=kept))
