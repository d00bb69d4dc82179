"""What was done to the places of an installation.

Revision ID: d0002
Revises: d0001
"""

import sqlalchemy as sa
from alembic import op

import hub.db.types

revision = "d0002"
down_revision = "d0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", hub.db.types.Instant(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("tenant_key", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("details", hub.db.types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_act"),
    )
    op.create_index("ix_act_tenant_key", "act", ["tenant_key"])


def downgrade() -> None:
    op.drop_table("act")
