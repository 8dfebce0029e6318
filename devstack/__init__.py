"""PostgreSQL, Redis and the launcher for one machine: `make run`, `make dev` and `make test`.

Nothing of the site imports this package; elsewhere the services come from DATABASE_URL and REDIS_URL.
"""
