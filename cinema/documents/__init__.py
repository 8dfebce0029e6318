"""Documents of tickets: QR codes, sheets of paper, calendar entries.

They are made from tickets that cinema.queries.tickets.with_details has read, which spares a query for each.
"""
