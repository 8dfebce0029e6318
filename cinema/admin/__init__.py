"""The programme and the box office in the admin."""

from cinema.admin.box_office.scans import ScanAdmin
from cinema.admin.box_office.tickets import TicketAdmin
from cinema.admin.box_office.waiting_list import WaitingAdmin
from cinema.admin.people import PatronAdmin
from cinema.admin.programme.sessions import SessionAdmin
from cinema.admin.rooms import RoomAdmin

__all__ = ["PatronAdmin", "RoomAdmin", "ScanAdmin", "SessionAdmin", "TicketAdmin", "WaitingAdmin"]
