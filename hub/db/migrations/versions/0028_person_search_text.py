"""person_search_text

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

from hub.domain.plain_text import plain

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

BATCH = 1000
PERSON = sa.table('person', *[sa.column(name, sa.Uuid() if name == 'id' else sa.Text()) for name in (
    'id', 'given_name', 'family_name', 'email', 'external_id', 'search_text', 'family_plain')])


def upgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('search_text', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('family_plain', sa.Text(), server_default='', nullable=False))
    _fill(op.get_bind())
    op.create_index('ix_person_family_plain', 'person', ['family_plain'], unique=False)


def _fill(connection: sa.Connection) -> None:
    """The plain texts of the persons that are there already, a batch at a time."""
    known = PERSON.c
    page = sa.select(known.id, known.given_name, known.family_name, known.email, known.external_id)
    page = page.order_by(known.id).limit(BATCH)
    write = sa.update(PERSON).where(known.id == sa.bindparam('key')).values(
        search_text=sa.bindparam('text'), family_plain=sa.bindparam('family'))
    rows = connection.execute(page).all()
    while rows:
        connection.execute(write, [
            {'key': row.id, 'text': plain(' '.join(part for part in row[1:] if part)), 'family': plain(row.family_name)}
            for row in rows])
        rows = connection.execute(page.where(known.id > rows[-1].id)).all()


def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index('ix_person_family_plain')
        batch_op.drop_column('family_plain')
        batch_op.drop_column('search_text')
