"""Edits may carry an id, by which one that is sent again is known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this form."""
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edit_id", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    """Go back to the form before."""
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.drop_column("edit_id")
