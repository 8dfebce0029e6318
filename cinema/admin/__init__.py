"""The programme and the box office in the admin."""

from cinema.admin.people import PatronAdmin
from cinema.admin.rooms import RoomAdmin
from cinema.admin.scans import ScanAdmin
from cinema.admin.sessions import SessionAdmin
from cinema.admin.tickets import TicketAdmin
from cinema.admin.waiting import WaitingAdmin

__all__ = ["PatronAdmin", "RoomAdmin", "ScanAdmin", "SessionAdmin", "TicketAdmin", "WaitingAdmin"]
