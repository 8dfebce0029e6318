"""Customers' pages of the programme and of tickets, and the door's, at the top of the site."""

from django.urls import path

from cinema.views import birthday, door, seats, tickets, waiting, whats_on

urlpatterns = [
    path("whats-on/", whats_on.whats_on, name="whats_on"),
    path("sessions/<int:pk>/", seats.session_page, name="session"),
    path("sessions/<int:pk>/birthday/", birthday.birthday, name="session_birthday"),
    path("sessions/<int:pk>/waiting/", waiting.join, name="waiting_join"),
    path("sessions/<int:pk>/waiting/leave/", waiting.leave, name="waiting_leave"),
    path("purchases/<int:pk>/", tickets.purchase_page, name="purchase"),
    path("purchases/<int:pk>/buy/", seats.buy, name="purchase_buy"),
    path("purchases/<int:pk>/release/", seats.release, name="purchase_release"),
    path("tickets/", tickets.ticket_list, name="tickets"),
    path("tickets/<str:code>/", tickets.ticket_page, name="ticket"),
    path("tickets/<str:code>/cancel/", tickets.cancel, name="ticket_cancel"),
    path("check-in/", door.choose, name="check_in"),
    path("check-in/worker.js", door.worker, name="check_in_worker"),
    path("check-in/any/", door.scanner, name="check_in_any"),
    path("check-in/any/state/", door.moving_parts, name="check_in_any_state"),
    path("check-in/any/undo/<int:ticket>/", door.undo, name="check_in_any_undo"),
    path("check-in/<int:pk>/", door.scanner, name="check_in_scanner"),
    path("check-in/<int:pk>/state/", door.moving_parts, name="check_in_state"),
    path("check-in/<int:pk>/undo/<int:ticket>/", door.undo, name="check_in_undo"),
]
