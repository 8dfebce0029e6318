"""Certifications of countries, and the age from which each admits visitors.

An advisory certification ("parental guidance") has the age that it names, or else the age that it is usually
understood as. One that is not in the table restricts no visitor, and says nothing about children.
"""

from collections.abc import Mapping

from catalog_sync.mapping.values import object_items, short_text

LENGTH = 16
UNRATED = {"NR", "UR", "N/A", "NOT RATED", "UNRATED"}

AGES: dict[str, dict[str, int]] = {
    "US": {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18, "X": 18, "GP": 8, "M/PG": 8},
    "GB": {"U": 0, "UC": 0, "PG": 8, "12A": 12, "12": 12, "15": 15, "18": 18, "R18": 18},
    "DE": {"0": 0, "6": 6, "12": 12, "16": 16, "18": 18},
    "FR": {"TP": 0, "U": 0, "10": 10, "12": 12, "16": 16, "18": 18},
    "NL": {"AL": 0, "6": 6, "9": 9, "12": 12, "14": 14, "16": 16, "18": 18},
    "AU": {"G": 0, "E": 0, "PG": 8, "M": 15, "MA15+": 15, "R18+": 18, "X18+": 18, "RC": 18},
    "AT": {"AA": 0, "0": 0, "6": 6, "8": 8, "10": 10, "12": 12, "14": 14, "16": 16, "18": 18},
    "CH": {"0": 0, "6": 6, "8": 8, "10": 10, "12": 12, "14": 14, "16": 16, "18": 18},
    "IE": {"G": 0, "PG": 8, "12A": 12, "12": 12, "15A": 15, "15": 15, "16": 16, "18": 18},
    "ES": {"A": 0, "AI": 0, "APTA": 0, "7": 7, "7I": 7, "12": 12, "16": 16, "18": 18, "X": 18},
    "IT": {"T": 0, "6+": 6, "10+": 10, "14+": 14, "18+": 18, "VM14": 14, "VM18": 18},
    "CA": {"G": 0, "E": 0, "PG": 8, "14A": 14, "18A": 18, "R": 18, "A": 18},
    "JP": {"G": 0, "PG12": 12, "R15+": 15, "R15": 15, "R18+": 18, "R18": 18},
    "DK": {"A": 0, "7": 7, "11": 11, "15": 15},
    "SE": {"BTL": 0, "7": 7, "11": 11, "15": 15},
    "NO": {"A": 0, "6": 6, "9": 9, "12": 12, "15": 15, "18": 18},
    "FI": {"S": 0, "K-7": 7, "K-12": 12, "K-16": 16, "K-18": 18},
    "BR": {"L": 0, "10": 10, "12": 12, "14": 14, "16": 16, "18": 18},
}

# TMDB's types of releases, the most relevant to a cinema first: theatrical, limited, premiere, digital, disc, TV.
PREFERENCE = (3, 2, 1, 4, 5, 6)


def find_certification(countries: object, region: str) -> str:
    """Return the certification in `region` from TMDB's release dates; empty when there is none.

    Of several, the theatrical one counts, and of these the latest, after which a re-certified film is shown.
    """
    releases = [
        release
        for country in object_items(countries)
        if country.get("iso_3166_1") == region
        for release in object_items(country.get("release_dates"))
        if _is_usable(release)
    ]
    if not releases:
        return ""
    best = min(_rank_of(release) for release in releases)
    latest = max((r for r in releases if _rank_of(r) == best), key=lambda release: str(release.get("release_date")))
    return _name_of(latest)


def _is_usable(release: Mapping[str, object]) -> bool:
    return bool(_name_of(release)) and _name_of(release).upper() not in UNRATED


def _name_of(release: Mapping[str, object]) -> str:
    return short_text(release.get("certification"), LENGTH)


def _rank_of(release: Mapping[str, object]) -> int:
    kind = release.get("type")
    return PREFERENCE.index(kind) if kind in PREFERENCE else len(PREFERENCE)


def age_of(certification: str, region: str) -> int | None:
    """Return the age in years; None when unknown. Countries write a certification with and without spaces."""
    return AGES.get(region, {}).get(certification.replace(" ", "").upper())
