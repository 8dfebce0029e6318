"""The API's own addresses: its front page, its description, its health."""

from tests.permission_table.rows import Row, everybody

SYSTEM = [
    Row("GET", "/api", everybody(200)),
    Row("GET", "/api/", everybody(200)),
    Row("GET", "/api/*", everybody(404)),
    Row("POST", "/api/*", everybody(404)),
    Row("GET", "/api/v1/schema", everybody(200)),
    Row("GET", "/api/v1/docs", everybody(200)),
    Row("GET", "/api/v1/health", everybody(200)),
    Row("GET", "/api/v1/health/live", everybody(200)),
    Row("GET", "/api/v1/health/database", everybody(200)),
    Row("GET", "/api/v1/health/redis", everybody(200)),
    Row("GET", "/api/v1/health/storage", everybody(200)),
    Row("GET", "/api/v1/health/worker", everybody(503), "(none is running)"),
]
