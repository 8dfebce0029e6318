from django.urls import path
from rest_framework.routers import SimpleRouter

from cinema.api.views.check_in import CheckInView, UndoView, UseTicketView
from cinema.api.views.days import CopySessionsView, TimelineView
from cinema.api.views.documents import FeedAddressView, FeedView, TicketCalendarView, TicketQRView
from cinema.api.views.holds import HoldViewSet
from cinema.api.views.rooms import RoomViewSet
from cinema.api.views.sessions import (
    MovieSessionOfFilmView,
    MovieSessionsBulkView,
    MovieSessionsView,
    MovieSessionViewSet,
)
from cinema.api.views.tickets import (
    OwnTicketsView,
    SeveralTicketsView,
    TicketMailView,
    TicketsOfUserView,
    TicketViewSet,
)
from cinema.api.views.waiting_list import OwnWaitingView, WaitingView

router = SimpleRouter(trailing_slash=False)
router.register("rooms", RoomViewSet, basename="room")
router.register("movie-sessions", MovieSessionViewSet, basename="movie-session")
router.register("tickets", TicketViewSet, basename="ticket")
router.register("holds", HoldViewSet, basename="hold")

urlpatterns = [
    path("movies/<int:pk>/sessions", MovieSessionsView.as_view(), name="movie-sessions"),
    path("movies/<int:pk>/sessions/bulk", MovieSessionsBulkView.as_view(), name="movie-sessions-bulk"),
    path("movies/<int:pk>/sessions/<int:sid>", MovieSessionOfFilmView.as_view(), name="movie-session-of-film"),
    path("movie-sessions/<int:pk>/waiting", WaitingView.as_view(), name="movie-session-waiting"),
    path("waiting", OwnWaitingView.as_view(), name="waiting"),
    path("movie-sessions/copy", CopySessionsView.as_view(), name="movie-sessions-copy"),
    path("rooms/timeline", TimelineView.as_view(), name="rooms-timeline"),
    path("tickets/me", OwnTicketsView.as_view(), name="own-tickets"),
    path("tickets/bulk", SeveralTicketsView.as_view(), name="ticket-bulk"),
    path("tickets/check-in", CheckInView.as_view(), name="check-in"),
    path("tickets/<int:pk>/use", UseTicketView.as_view(), name="ticket-use"),
    path("tickets/<int:pk>/undo", UndoView.as_view(), name="ticket-undo"),
    path("users/<int:pk>/tickets", TicketsOfUserView.as_view(), name="user-tickets"),
    path("tickets/<int:pk>/mail", TicketMailView.as_view(), name="ticket-mail"),
    path("tickets/<int:pk>/qr", TicketQRView.as_view(), name="ticket-qr"),
    path("tickets/<int:pk>/calendar", TicketCalendarView.as_view(), name="ticket-calendar"),
    path("calendar", FeedAddressView.as_view(), name="calendar-address"),
    path("calendar/<str:token>.ics", FeedView.as_view(), name="calendar-feed"),
    *router.urls,
]
