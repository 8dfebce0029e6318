"""The kinds of notification that the cinema sends.

A module of this folder declares each of them: the function that sends it, what its mail contains, and its KIND.
"""

from cinema.notifications import (
    how_was_it,
    room_renamed,
    seat_offered,
    session_added,
    session_cancelled,
    session_moved,
    ticket_cancelled,
    tickets_bought,
)

KINDS = [
    session_added.KIND,
    session_moved.KIND,
    session_cancelled.KIND,
    ticket_cancelled.KIND,
    tickets_bought.KIND,
    how_was_it.KIND,
    seat_offered.KIND,
    room_renamed.KIND,
]
