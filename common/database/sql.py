"""SQL functions and triggers, which live in `.sql` files beside the code that uses them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read_sql(path: str) -> str:
    """Return the text of a `.sql` file for `migrations.RunSQL`; `path` is relative to the root of the repository.

    The number that begins the file's name is that of the migration which installs it. Never edit an installed file:
    a database that ran the migration keeps the old version, a new one would get another. Copy the functions that
    change into a new file with the number of a new migration, and let that one run it (CREATE OR REPLACE FUNCTION).
    """
    return (ROOT / path).read_text(encoding="utf-8")
