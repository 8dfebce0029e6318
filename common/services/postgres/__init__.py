"""A backend for PostgreSQL with which no request waits for a database that hangs (ENGINE in the settings)."""
