"""What answers show their user of sessions that were moved; cinema.box_office.holds says what depends on it."""

from rest_framework.request import Request

from cinema.box_office import holds
from cinema.models import MovieSession
from common.api.answers.sparse import PARAMETER as FIELDS


def note_shown(request: Request, session: MovieSession) -> None:
    """Note that the answer shows the session: not the one to HEAD, nor one with some `fields` only."""
    if request.method != "HEAD" and FIELDS not in request.query_params:
        holds.note_shown(session, request.user)
