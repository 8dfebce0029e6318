"""Fetch jobs: a manager asks for a search at OMDb, and a worker brings its films into the catalogue.

`asking` is what managers do, `working` what a worker does, and `claims` which worker may, so that it is one.
"""

from catalog_sync.fetch_jobs.claims import resume
from catalog_sync.fetch_jobs.requests import cancel, start
from catalog_sync.fetch_jobs.worker import carry_out

__all__ = ["cancel", "carry_out", "resume", "start"]
