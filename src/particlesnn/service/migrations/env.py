"""How Alembic reaches the database: the service hands it an open connection."""

from alembic import context

from particlesnn.service.tables import Table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata, render_as_batch=True
)
context.run_migrations()
