"""What one takes along of a ticket: its QR code, a page on paper, an entry in one's calendar.

Made from rows as cinema.queries.tickets.with_details reads them, which spares a query for each.
"""
