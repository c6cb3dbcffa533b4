"""What alembic runs. The connection comes from ``migrations.config``: alembic never opens one."""

from __future__ import annotations

from alembic import context

from dialer.store.all_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
