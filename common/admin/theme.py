"""The admin in the site's own amber and warm greys; numbers are unfold's weights, from light to dark."""

from typing import Any

from django.templatetags.static import static

WARM_GREYS = {
    "50": "#faf5ea",
    "100": "#f4ecdf",
    "200": "#e4d9c6",
    "300": "#cfc3b2",
    "400": "#a99d8d",
    "500": "#7d7265",
    "600": "#5d5348",
    "700": "#453d34",
    "800": "#332c26",
    "900": "#1d1916",
    "950": "#14110f",
}
# 600 carries white text on buttons, so it is the dark amber of the light theme.
AMBER = {
    "50": "#fff8eb",
    "100": "#ffecc7",
    "200": "#ffd88a",
    "300": "#ffc65f",
    "400": "#ffb53d",
    "500": "#c9790a",
    "600": "#a85f00",
    "700": "#8a4d00",
    "800": "#6e3d00",
    "900": "#563003",
    "950": "#301a00",
}


def unfold(name: str) -> dict[str, Any]:
    """Return the settings of django-unfold for a cinema called `name`."""
    return {
        "SITE_TITLE": name,
        "SITE_HEADER": name,
        "SITE_SYMBOL": "theaters",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
        "STYLES": [lambda request: static("common/admin.css")],
        "SHOW_HISTORY": True,
        "COLORS": {"base": WARM_GREYS, "primary": AMBER},
    }
