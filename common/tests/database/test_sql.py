"""The `.sql` files and the migrations that install them."""

import pytest

from common.database.sql import ROOT

FILES = sorted(path for app in ("accounts", "movies", "cinema", "catalog_sync") for path in ROOT.glob(f"{app}/*/sql/*"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sql_file_is_installed_by_the_migration_of_its_number(path):
    name = path.relative_to(ROOT)
    (migration,) = (ROOT / name.parts[0] / "migrations").glob(f"{path.name[:4]}_*.py")
    assert f'read_sql("{name}")' in migration.read_text()
