"""Fetch jobs: a manager starts a search at OMDb, and a worker stores its films in the catalogue.

`requests` is what managers do, `worker` what a worker does, and `claims` makes sure that only one worker does it.
"""

from catalog_sync.fetch_jobs.claims import resume
from catalog_sync.fetch_jobs.requests import cancel, start
from catalog_sync.fetch_jobs.worker import run

__all__ = ["cancel", "resume", "run", "start"]
