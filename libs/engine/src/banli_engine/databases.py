"""A role and a database for each service, closed to every other."""

import asyncpg


async def make_database(superuser: str, name: str, password: str) -> None:
    """Make a role and its database, closed to everyone else; existing ones are kept."""
    connection = await asyncpg.connect(superuser, timeout=10)
    try:
        quoted = '"' + name.replace('"', '""') + '"'
        secret = "'" + password.replace("'", "''") + "'"
        known = await connection.fetchval("select 1 from pg_roles where rolname = $1", name)
        verb = "alter" if known else "create"
        await connection.execute(f"{verb} role {quoted} login password {secret}")
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            await connection.execute(f"create database {quoted} owner {quoted}")
        await connection.execute(f"revoke all on database {quoted} from public")
        await connection.execute("revoke connect on database postgres, template1 from public")
    finally:
        await connection.close()
