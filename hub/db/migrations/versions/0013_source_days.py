"""source days

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_COUNT_SQLITE = """INSERT INTO source_day (source_id, day, statements, refusals)
SELECT coalesce(source_id, '00000000000000000000000000000000'), stored / 86400000000, count(*), 0
FROM ledger GROUP BY 1, 2"""
_COUNT_POSTGRESQL = """INSERT INTO source_day (source_id, day, statements, refusals)
SELECT coalesce(source_id, CAST('00000000-0000-0000-0000-000000000000' AS uuid)), stored / 86400000000, count(*), 0
FROM ledger GROUP BY 1, 2"""


def upgrade() -> None:
    op.create_table('source_day',
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('statements', sa.BigInteger(), nullable=False),
    sa.Column('refusals', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('source_id', 'day', name=op.f('pk_source_day'))
    )
    op.create_index('ix_ledger_source_seq', 'ledger', ['source_id', 'seq'], unique=False)
    # What arrived before is counted once; the hub itself is the source of id zero.
    on_sqlite = op.get_bind().dialect.name == 'sqlite'
    op.execute(_COUNT_SQLITE if on_sqlite else _COUNT_POSTGRESQL)



def downgrade() -> None:
    op.drop_index('ix_ledger_source_seq', table_name='ledger')
    op.drop_table('source_day')
