"""Tenants and their host names.

Revision ID: d0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

import hub.db.types

revision = "d0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", hub.db.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_tenant"),
    )
    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_key"], ["tenant.key"], name="fk_host_tenant_key", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", name="pk_host"),
    )
    op.create_index("ix_host_tenant_key", "host", ["tenant_key"])


def downgrade() -> None:
    op.drop_table("host")
    op.drop_table("tenant")
