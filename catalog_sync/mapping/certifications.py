"""What TMDB's release dates say of a region: the certification of a film, and its date in the cinemas."""

from collections.abc import Mapping
from datetime import date

from catalog_sync.mapping.values import object_items, parse_date, short_text
from movies.catalogue.certifications import age_of, is_of_region, is_unrated

LENGTH = 32

# TMDB's types of releases, the most relevant to a cinema first: theatrical, limited, premiere, digital, disc, TV.
PREFERENCE = (3, 2, 1, 4, 5, 6)
IN_CINEMAS = PREFERENCE[:3]
LENGTH_OF_DAY = len("2024-05-03")


def find_certification(countries: object, region: str) -> str:
    """Return the certification in `region` from TMDB's release dates; empty when there is none.

    Of several, the theatrical one counts; of these a known one, and of these the latest, after which a re-certified
    film is shown. For a part of a country, such as "CA-QC", TMDB has those of the country.
    """
    releases = [
        release
        for release in _releases_in(countries, region)
        if _name_of(release) and not is_unrated(_name_of(release))
    ]
    if not releases:
        return ""
    best = min(_rank_of(release, region) for release in releases)
    latest = max(
        (release for release in releases if _rank_of(release, region) == best),
        key=lambda release: str(release.get("release_date")),
    )
    return _name_of(latest)


def find_region_date(countries: object, region: str) -> date | None:
    """Return the day of the latest release in the cinemas of `region`; a wide one before limited ones, these before
    premieres.
    """
    for kind in IN_CINEMAS:
        days = [
            parse_date(str(release.get("release_date"))[:LENGTH_OF_DAY])
            for release in _releases_in(countries, region)
            if release.get("type") == kind
        ]
        if known := [day for day in days if day]:
            return max(known)
    return None


def _releases_in(countries: object, region: str) -> list[Mapping[str, object]]:
    return [
        release
        for country in object_items(countries)
        if country.get("iso_3166_1") == region.partition("-")[0]
        for release in object_items(country.get("release_dates"))
    ]


def _name_of(release: Mapping[str, object]) -> str:
    return short_text(release.get("certification"), LENGTH)


def _rank_of(release: Mapping[str, object], region: str) -> tuple[int, bool, bool]:
    kind, name = release.get("type"), _name_of(release)
    place = PREFERENCE.index(kind) if kind in PREFERENCE else len(PREFERENCE)
    return place, age_of(name, region) is None, not is_of_region(name, region)
