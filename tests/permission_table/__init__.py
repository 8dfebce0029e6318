"""Who gets what answer of every route: the statuses for PEOPLE, in this order.

A new route needs a line in the file of its topic; a second line with `about` tells another thing at the same route.
Rows that a user owns are the customer's; to others a private row is 404.
"""

from tests.permission_table.catalogue import CATALOGUE, CURATION, LOOKUP, OWN_FILMS, POSTERS
from tests.permission_table.documents import DOCUMENTS
from tests.permission_table.fetching import FETCHES, SYNC
from tests.permission_table.library import HISTORY, LIBRARY, RATINGS, WATCHLIST
from tests.permission_table.notifications import NOTIFICATIONS
from tests.permission_table.people import ACCOUNT_PAGES, SIGNING_IN
from tests.permission_table.programme import ROOMS, SESSIONS
from tests.permission_table.rows import PASSWORD, PEOPLE, Row
from tests.permission_table.system import SYSTEM
from tests.permission_table.tickets import TICKETS
from tests.permission_table.visit import VISIT

__all__ = ["PASSWORD", "PEOPLE", "TABLE", "Row"]

TABLE = (
    SYSTEM
    + SIGNING_IN
    + ACCOUNT_PAGES
    + CATALOGUE
    + CURATION
    + POSTERS
    + OWN_FILMS
    + LOOKUP
    + WATCHLIST
    + RATINGS
    + HISTORY
    + LIBRARY
    + SYNC
    + FETCHES
    + ROOMS
    + SESSIONS
    + TICKETS
    + VISIT
    + DOCUMENTS
    + NOTIFICATIONS
)
