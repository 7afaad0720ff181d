"""Whether a database is a demo's: its mark is a comment on the database itself, which no backup carries elsewhere."""

from typing import Any

from psycopg import Connection, sql

MARK = "octopia-backoffice demo"


def is_demo(connection: Connection[Any]) -> bool:
    """Is this database marked as a demo's?"""
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    return row is not None and row[0] == MARK


def is_empty(connection: Connection[Any]) -> bool:
    """Has nobody worked in this database: no tables of ours, or neither people nor accounts in them?"""
    for table in ("backoffice_user", "backoffice_selleraccount"):
        there = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()
        if there and there[0]:
            used = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
            if (row := used.fetchone()) and row[0]:
                return False
    return True


def mark(connection: Connection[Any]) -> None:
    """Make this database a demo's. The role must own it."""
    row = connection.execute("SELECT current_database()").fetchone()
    assert row
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(row[0]), sql.Literal(MARK)))
