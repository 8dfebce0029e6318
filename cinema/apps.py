from django.apps import AppConfig


class CinemaConfig(AppConfig):
    name = "cinema"
    verbose_name = "Cinema"

    def ready(self) -> None:
        from accounts.notifications import kinds
        from accounts.people import closing
        from accounts.sign_in import credentials
        from cinema.box_office import departures
        from cinema.documents import feeds
        from cinema.notifications.kinds import KINDS
        from cinema.queries import programme
        from common.database import constraints
        from common.errors import Code
        from common.finished import changes
        from movies.queries import upcoming

        kinds.register(*KINDS)
        changes.register(
            {
                "cinema_room": ["programme"],
                "cinema_seat": ["programme"],
                "cinema_moviesession": ["programme"],
                "cinema_ticket": ["tickets"],
            }
        )
        closing.register_claims(departures.give_up_seats)
        credentials.register_links(feeds.delete_address)
        upcoming.register_programme(programme.sessions_this_week)

        constraints.register(
            "room_number_unique", Code.DUPLICATE, "There is already a room with this number.", "number"
        )
        constraints.register(
            "session_room_taken", Code.ROOM_TAKEN, "Another session has the room at this time.", "starts_at"
        )
        constraints.register(
            "ticket_one_live_per_seat", Code.SEAT_TAKEN, "Another customer has just taken this seat.", "seat"
        )
