"""Makes databases of these names where they are missing; the server is named by libpq's variables (PGHOST ...)."""

import sys

import psycopg
from psycopg import sql
from psycopg.errors import DuplicateDatabase

SECONDS = 10


def main(names: list[str]) -> int:
    """Make what is missing; another task may make the same at the same time."""
    with psycopg.connect(connect_timeout=SECONDS, autocommit=True) as server:
        for name in names:
            if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                continue
            try:
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except DuplicateDatabase:
                continue
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
