"""Limits of what the catalogue and the library hold; database, forms, imports and API share them."""

# Of a film. Outside, nothing is the year of a film, and date arithmetic may overflow.
FIRST_YEAR, LAST_YEAR = 1870, 2200

# Of a visitor's rating.
LOWEST_RATING, HIGHEST_RATING = 1, 10
RATINGS = range(LOWEST_RATING, HIGHEST_RATING + 1)
