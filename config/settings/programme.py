"""The programme and the box office."""

from environs import validate

from config.settings.environment import env

# Added to a film's runtime where a session does not say when it ends.
ADVERTISEMENT_MINUTES = env.int("ADVERTISEMENT_MINUTES", 15, validate=validate.Range(0, 120))
# Live tickets and held seats of one customer in one session.
TICKETS_PER_CUSTOMER = env.int("TICKETS_PER_CUSTOMER", 10, validate=validate.Range(1, 1000))
# Of these, for an account whose email is not confirmed; five such accounts' worth through one address in a day.
UNCONFIRMED_TICKETS = env.int("UNCONFIRMED_TICKETS", 2, validate=validate.Range(0, 1000))
# Mails within a day to an address that its account has not confirmed: about tickets, and as many about accounts.
UNCONFIRMED_MAILS = env.int("UNCONFIRMED_MAILS", 10, validate=validate.Range(1, 1000))
# Seats of one session that are held or bought through one address in a day, shared ones included; 0 is no limit.
SEATS_PER_ADDRESS = env.int("SEATS_PER_ADDRESS", 60, validate=validate.Range(0, 10_000))
# So long after its start a session's tickets are still sold.
SALES_GRACE_MINUTES = env.int("SALES_GRACE_MINUTES", 0, validate=validate.Range(0, 240))
# So long are chosen seats held; never longer than ten minutes in all.
HOLD_MINUTES = env.int("HOLD_MINUTES", 5, validate=validate.Range(1, 10))
# So long may one customer hold seats of one session within an hour, in all holds together.
HOLD_MINUTES_PER_HOUR = env.int("HOLD_MINUTES_PER_HOUR", 15, validate=validate.Range(1, 60))
# So long are seats that became free offered to the first who waits for them; never longer than they are sold.
WAITING_OFFER_MINUTES = env.int("WAITING_OFFER_MINUTES", 30, validate=validate.Range(1, 1440))
# Check-in opens so long before a session's start; 0 is on its day, or at any time where the session was chosen.
CHECK_IN_OPENS_MINUTES = env.int("CHECK_IN_OPENS_MINUTES", 0, validate=validate.Range(0, 1440))
