"""What browsers may keep of a page."""

# Nothing in them is secret. Everything else is kept by no browser: a new page as well.
PUBLIC = {
    "/",
    "/movies/",
    "/movies/suggest/",
    "/movies/<pk>-<slug>/",
    "/movies/<pk>-<slug>/ratings/",
    "/whats-on/",
}
FOR_EVER = {"/media/posters/<key>/w<width>.jpg"}


def may_say(path: str, cache_control: str) -> bool:
    """Return whether an answer at `path` may say this of how long it is kept."""
    if path in PUBLIC and cache_control == "private, no-cache":
        return True
    return path in FOR_EVER or "no-store" in cache_control
