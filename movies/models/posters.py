"""Stored poster files, so that unused ones can be deleted, and uploads of posters."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from movies.models.catalogue import Movie


class StoredPoster(models.Model):
    """The files of one poster in its three widths. The row is written before the files and deleted after them.

    Films refer to it by `poster_key`; the daily sweep deletes posters that no film refers to.
    """

    key = models.CharField(primary_key=True, max_length=64, help_text="Hash of the picture.")
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(key__regex=r"^[0-9a-f]{32,64}$"), name="stored_poster_key")]

    def __str__(self) -> str:
        return self.key


class PosterUpload(models.Model):
    """A file that a user may upload for a film; it stays in quarantine until it was checked."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="poster_uploads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="poster_uploads")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.pk)
