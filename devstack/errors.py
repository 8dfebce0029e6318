class StartError(Exception):
    """A sentence for the person who started Marquee: what is wrong, and what to do."""
