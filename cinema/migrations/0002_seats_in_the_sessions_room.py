"""A ticket's seat is in its session's room: foreign keys by two columns, which Django cannot declare.

Deferred, so that a session can move to another room with its tickets in one transaction.
"""

from django.db import migrations

TOGETHER = """
ALTER TABLE cinema_ticket ADD CONSTRAINT ticket_session_in_room
    FOREIGN KEY (session_id, room_id) REFERENCES cinema_moviesession (id, room_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE cinema_ticket ADD CONSTRAINT ticket_seat_in_room
    FOREIGN KEY (seat_id, room_id) REFERENCES cinema_seat (id, room_id) DEFERRABLE INITIALLY DEFERRED;
"""

APART = """
ALTER TABLE cinema_ticket DROP CONSTRAINT ticket_seat_in_room;
ALTER TABLE cinema_ticket DROP CONSTRAINT ticket_session_in_room;
"""


class Migration(migrations.Migration):
    dependencies = [("cinema", "0001_initial")]

    operations = [migrations.RunSQL(TOGETHER, APART)]
