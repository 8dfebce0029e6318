"""The embedded PostgreSQL and Redis by themselves, without the site."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from devstack.errors import StartError
from devstack.services.postgres import Postgres
from devstack.services.redis import Redis


@pytest.fixture
def var() -> Iterator[Path]:
    # Not tmp_path: pytest closes its folder to other users, and root runs PostgreSQL as another user.
    folder = Path(tempfile.mkdtemp(prefix="marquee-embedded-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def postgres(var: Path) -> Iterator[Postgres]:
    server = Postgres(var, fast_and_unsafe=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def kept_redis(var: Path) -> Iterator[Redis]:
    server = Redis(var, keep=True)
    server.start()
    yield server
    server.stop()


def ask(url: str, question: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
        assert row
        return str(row[0])


def postmaster_of(postgres: Postgres) -> psutil.Process:
    return psutil.Process(int((postgres.place.data / "postmaster.pid").read_text().split()[0]))


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def listening_addresses(process: psutil.Process) -> set[str]:
    sockets = process.net_connections(kind="all")
    return {str(one.laddr[0] if one.family.name == "AF_INET" else one.laddr) for one in sockets if not one.raddr}


def test_postgres_is_closed_to_the_network_and_to_whoever_lacks_the_password(postgres: Postgres) -> None:
    assert listening_addresses(postmaster_of(postgres)) == {"127.0.0.1"}
    assert stat.S_IMODE(postgres.place.password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(postgres.place.data.stat().st_mode) == 0o700
    password = postgres.place.password_file.read_text()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace(password, "guessed"))
    assert ask(
        postgres.url, "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"
    ) == ("True")


def test_postgres_logs_errors_without_the_rows_that_caused_them(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (hash text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('argon2-of-ana')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('argon2-of-ana')")
    log = postgres.log.read_text()
    assert 'duplicate key value violates unique constraint "person_pkey"' in log
    assert "argon2-of-ana" not in log


def test_postgres_sorts_and_folds_alike_on_every_machine(postgres: Postgres) -> None:
    about = "SELECT concat_ws(' ', datname, pg_encoding_to_char(encoding), datlocprovider, datlocale) FROM pg_database"
    assert ask(postgres.url, f"{about} WHERE datname = current_database()") == "marquee UTF8 b C.UTF-8"
    assert ask(postgres.url, "SELECT lower('AMÉLIE')") == "amélie"
    assert ask(postgres.url, "SELECT current_setting('server_version_num')::int / 10000") == "18"


@pytest.mark.parametrize(("fast_and_unsafe", "expected"), [(True, "off"), (False, "on")])
def test_only_data_that_is_thrown_away_is_written_carelessly(var: Path, fast_and_unsafe: bool, expected: str) -> None:
    postgres = Postgres(var, fast_and_unsafe=fast_and_unsafe)
    postgres.start()
    try:
        names = ("fsync", "synchronous_commit", "full_page_writes")
        assert [ask(postgres.url, f"SHOW {name}") for name in names] == [expected] * 3
    finally:
        postgres.stop()


def test_postgres_keeps_its_data_and_its_password(postgres: Postgres) -> None:
    ask(postgres.url, "SELECT lo_create(42)")
    password = postgres.place.password_file.read_text()
    postgres.stop()
    assert not (postgres.place.data / "postmaster.pid").exists()
    postgres.start()
    assert ask(postgres.url, "SELECT oid FROM pg_largeobject_metadata") == "42"
    assert postgres.place.password_file.read_text() == password


def test_a_server_that_a_killed_launcher_left_behind_is_stopped_first(var: Path, postgres: Postgres) -> None:
    left_behind = postmaster_of(postgres)
    ask(postgres.url, "SELECT lo_create(42)")
    again = Postgres(var, fast_and_unsafe=True)
    again.start()
    assert has_ended(left_behind)
    assert ask(again.url, "SELECT oid FROM pg_largeobject_metadata") == "42"


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["of another program", "of nothing"])
def test_a_stale_pid_file_is_no_obstacle_and_its_process_is_left_alone(postgres: Postgres, pid: int) -> None:
    pid_file = postgres.place.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.stop()
    pid_file.write_text("\n".join([str(pid), *lines[1:], ""]))
    postgres.start()
    assert postmaster_of(postgres).pid != pid
    assert ask(postgres.url, "SELECT 1") == "1"


def test_data_of_another_version_is_refused_with_a_sentence(postgres: Postgres) -> None:
    postgres.stop()
    (postgres.place.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(StartError) as refused:
        postgres.start()
    assert str(refused.value) == (
        f"{postgres.place.data} was made by PostgreSQL 17, and this Marquee brings PostgreSQL 18: "
        "move the data over with pg_dump, or delete the folder to begin again with the demo data."
    )


def test_a_first_start_that_was_cut_off_is_begun_anew(var: Path) -> None:
    postgres = Postgres(var, fast_and_unsafe=True)
    unfinished = postgres.place.home / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    postgres.place.password_file.write_text("from before")
    postgres.start()
    try:
        assert ask(postgres.url, "SELECT 1") == "1"
        assert not unfinished.exists()
    finally:
        postgres.stop()


def test_redis_is_closed_to_the_network_and_to_whoever_lacks_the_password(kept_redis: Redis) -> None:
    assert kept_redis.process
    assert listening_addresses(psutil.Process(kept_redis.process.pid)) == {"127.0.0.1"}
    assert stat.S_IMODE(kept_redis.conf.stat().st_mode) == 0o600
    with redis.Redis(port=kept_redis.port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_cache_and_broker_are_two_databases_and_nothing_is_evicted(kept_redis: Redis) -> None:
    with redis.Redis.from_url(kept_redis.cache_url) as cache, redis.Redis.from_url(kept_redis.broker_url) as broker:
        cache.set("film", "Metropolis")
        assert broker.keys() == []
        assert cache.config_get("databases") == {"databases": "64"}
        assert cache.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize(("keep", "expected"), [(True, [b"film"]), (False, [])])
def test_redis_keeps_what_it_holds_only_when_told_to(var: Path, keep: bool, expected: list[bytes]) -> None:
    server = Redis(var, keep=keep)
    server.start()
    with redis.Redis.from_url(server.broker_url) as client:
        client.set("film", "Metropolis")
    server.stop()
    server.start()
    try:
        with redis.Redis.from_url(server.broker_url) as client:
            assert client.keys() == expected
    finally:
        server.stop()


def test_a_redis_that_a_killed_launcher_left_behind_is_stopped_first(var: Path, kept_redis: Redis) -> None:
    with redis.Redis.from_url(kept_redis.broker_url) as client:
        client.set("film", "Metropolis")
    again = Redis(var, keep=True)
    again.start()
    try:
        assert kept_redis.process
        assert kept_redis.process.wait(timeout=60) == 0
        with redis.Redis.from_url(again.broker_url) as client:
            assert client.keys() == [b"film"]
    finally:
        again.stop()
