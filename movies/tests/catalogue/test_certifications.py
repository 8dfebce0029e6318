"""Every certification that TMDB names is known, however it is spelt."""

import json

import pytest

from movies.catalogue.certifications import DATA, age_of, is_unrated, normalize

# TMDB's list of December 2025, without its names for films that have no rating.
TMDB = {
    "AR": "ATP +13 +16 +18 C", "AT": "AA 6 8 10 12 14 16", "AU": "G PG M MA_15+ R_18+ X_18+ RC",
    "BE": "AL 6 9 12 14 16 18", "BG": "A B C D X", "BR": "L 10 12 14 16 18", "CA": "E G PG 14A 18A R A",
    "CA-QC": "G 13+ 16+ 18+", "CH": "0 6 8 10 12 14 16 18", "CL": "TE TE+7 14 18", "CZ": "U 12+ 15+ 18+",
    "DE": "0 6 12 16 18", "DK": "A 7 11 15 F", "ES": "A Ai 7 7i 12 16 18 X", "FI": "S K-7 K-12 K-16 K-18 KK",
    "FR": "TP 12 16 18", "GB": "U PG 12A 12 15 18 R18", "GR": "K K12 K15 K18", "HK": "I IIA IIB III",
    "HU": "KN 6 12 16 18 X", "ID": "SU 13+ 17+ 21+", "IE": "G PG 12 12A 15 15A 16 18", "IL": "All 12 14 16 18",
    "IN": "U U/A_7+ UA U/A_13+ U/A_16+ A S", "IT": "T 6+ 10+ 14+ 18+", "JP": "G PG12 R15+ R18+",
    "KR": "ALL 12 15 19 Restricted_Screening", "LT": "V N-7 N-13 N-16 N-18", "LU": "A 6 12 16 18",
    "LV": "U 7+ 12+ 16+ 18+", "MO": "A B C D", "MX": "AA A B B-15 C D", "MY": "U P13 18SG 18SX 18PA 18PL",
    "NL": "AL 6 9 12 14 16 18", "NO": "A 6 9 12 15 18", "NZ": "G PG M R13 RP13 R15 R16 RP16 R18 RP18 R",
    "PH": "G PG R-13 R-16 R-18 X", "PL": "AL 7 12 16 18", "PR": "G PG PG-13 R NC-17",
    "PT": "Públicos M/3 M/6 M/12 M/14 M/16 M/18 P", "RO": "AP 12 15 18 18+ IC", "RU": "0+ 6+ 12+ 16+ 18+",
    "SE": "Btl 7 11 15", "SG": "G PG PG13 NC16 M18 R21", "SK": "U 7 12 15 18", "TH": "P G 13 15 18 20 Banned",
    "TR": "Genel_İzleyici_Kitlesi 6A 6+ 10A 10+ 13A 13+ 16+ 18+", "TW": "0+ 6+ 12+ 15+ 18+", "UA": "0+ 12+ 16+ 18+",
    "US": "G PG PG-13 R NC-17", "VI": "G PG PG-13 R NC-17", "ZA": "A PG 7-9PG 10-12PG 13 16 18 X18 XX",
}  # fmt: skip
# Names that begin or end with the age that they mean.
NAMED_AFTER_THEIR_AGE = {"NC-17": 18, "7-9PG": 10, "10-12PG": 13}


@pytest.mark.parametrize("region", TMDB)
def test_every_name_of_the_list_is_known(region):
    names = [name.replace("_", " ") for name in TMDB[region].split()]
    assert [name for name in names if age_of(name, region) is None] == []
    for name in names:
        digits = "".join(sign for sign in name if sign.isdigit())
        if digits and name not in NAMED_AFTER_THEIR_AGE:
            assert age_of(name, region) == int(digits), name


@pytest.mark.parametrize(
    ("region", "certification", "years"),
    [
        ("US", "G", 0), ("US", "PG", 8), ("US", "PG-13", 13), ("US", "R", 17), ("US", "NC-17", 18), ("US", "NR", None),
        ("GB", "U", 0), ("GB", "R18", 18), ("DE", "0", 0), ("FR", "TP", 0), ("NL", "AL", 0), ("AU", "M", 15),
        ("KR", "18", 19), ("KR", "Restricted Screening", 19), ("NZ", "R", 18), ("IN", "A", 18), ("BG", "D", 16),
        ("HK", "III", 18), ("MX", "D", 18), ("PT", "P", 18), ("FI", "KK", 18), ("ZA", "XX", 18), ("SG", "R21", 21),
        ("US", "Approved", 0), ("US", "", None), ("XX", "18", None), ("GB", "TBC", None), ("IS", "16", None),
    ],
)  # fmt: skip
def test_ages(region, certification, years):
    assert age_of(certification, region) == years


@pytest.mark.parametrize(
    ("region", "spelling", "years"),
    [
        ("AU", "MA15+", 15), ("AU", "ma 15+", 15), ("AU", "R\u00a018+", 18), ("JP", "PG12 ", 12), ("JP", "PG-12", 12),
        ("US", "PG13", 13), ("US", "NC17", 18), ("BR", "18 anos", 18), ("BR", "12 ANOS", 12), ("CZ", "15", 15),
        ("GR", "\u039a-15", 15), ("GR", "\u039a12", 12), ("BG", "c", 12), ("MX", "C ", 18), ("SG", "M18 ", 18),
        ("TW", "R-18 ", 18), ("TW", "輔12", 12), ("TH", "น13+", 13), ("DE", "FSK 12", 12), ("DE", "FSK-16", 16),
        ("IN", "UA 16+", 16), ("IN", "U/A7+", 7), ("PT", "M12", 12), ("PT", "PUBLICOS", 0), ("PT", "Pu\u0301blicos", 0),
        ("TR", "GENEL IZLEYICI KITLESI", 0), ("IT", "VM 14", 14), ("SE", "BTL", 0), ("RO", "AP 12", 12),
        ("AR", "SAM13", 13), ("FI", "K18", 18), ("JP", "\uff32\uff11\uff18+", 18), ("NZ", "18", 18),
    ],
)  # fmt: skip
def test_spellings(region, spelling, years):
    assert age_of(spelling, region) == years


def test_a_part_of_a_country_and_the_country_know_each_others_names():
    assert [age_of("13+", "CA"), age_of("13+", "CA-QC"), age_of("14A", "CA-QC"), age_of("13+", "US")] == [
        13,
        13,
        14,
        None,
    ]


@pytest.mark.parametrize("name", ["NR", "nr ", "UR", "N/A", "Not Rated", "UNRATED"])
def test_names_of_unrated_films(name):
    assert is_unrated(name)


def test_the_data_is_whole():
    regions = json.loads(DATA.read_text(encoding="utf-8"))
    for code, region in regions.items():
        names = [normalize(name) for name in region["certifications"]]
        assert all(names), code
        assert region["source"], code
        ages = {}
        for name, rule in region["certifications"].items():
            assert set(rule) <= {"rule", "age", "adult_from"}, (code, name)
            assert rule["rule"] in {"free", "advice", "adult", "bar"}, (code, name)
            assert ("age" in rule) == (rule["rule"] != "free"), (code, name)
            assert 0 <= rule.get("adult_from", 0) <= rule.get("age", 0) <= 21, (code, name)
            assert ("adult_from" in rule) == (rule["rule"] == "adult"), (code, name)
            # Two spellings of one name mean the same.
            assert ages.setdefault(normalize(name), rule) == rule, (code, name)
