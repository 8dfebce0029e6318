class StartError(Exception):
    """An error for the user who started Marquee: its message says what is wrong and what to do."""
