"""The certification of a film among TMDB's release dates."""

from collections.abc import Mapping

from catalog_sync.mapping.values import object_items, short_text
from movies.catalogue.certifications import age_of, is_of_region, is_unrated

LENGTH = 32

# TMDB's types of releases, the most relevant to a cinema first: theatrical, limited, premiere, digital, disc, TV.
PREFERENCE = (3, 2, 1, 4, 5, 6)


def find_certification(countries: object, region: str) -> str:
    """Return the certification in `region` from TMDB's release dates; empty when there is none.

    Of several, the theatrical one counts; of these a known one, and of these the latest, after which a re-certified
    film is shown. For a part of a country, such as "CA-QC", TMDB has those of the country.
    """
    releases = [
        release
        for country in object_items(countries)
        if country.get("iso_3166_1") == region.partition("-")[0]
        for release in object_items(country.get("release_dates"))
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


def _name_of(release: Mapping[str, object]) -> str:
    return short_text(release.get("certification"), LENGTH)


def _rank_of(release: Mapping[str, object], region: str) -> tuple[int, bool, bool]:
    kind, name = release.get("type"), _name_of(release)
    place = PREFERENCE.index(kind) if kind in PREFERENCE else len(PREFERENCE)
    return place, age_of(name, region) is None, not is_of_region(name, region)
