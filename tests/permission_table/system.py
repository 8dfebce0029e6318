"""The API's own addresses: its front page, its description, its health."""

from tests.permission_table.rows import Row, everyone, managers

SYSTEM = [
    Row("GET", "/api", everyone(200)),
    Row("GET", "/api/", everyone(200)),
    Row("GET", "/api/*", everyone(404)),
    Row("POST", "/api/*", everyone(404)),
    Row("GET", "/api/v1/schema", everyone(200)),
    Row("GET", "/api/v1/docs", everyone(200)),
    Row("GET", "/api/v1/metrics", managers(200)),
    Row("GET", "/api/v1/health", everyone(200)),
    Row("GET", "/api/v1/health/live", everyone(200)),
    Row("GET", "/api/v1/health/database", everyone(200)),
    Row("GET", "/api/v1/health/redis", everyone(200)),
    Row("GET", "/api/v1/health/storage", everyone(200)),
    Row("GET", "/api/v1/health/worker", everyone(503), "(none is running)"),
]
