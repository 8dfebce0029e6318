"""The providers of film data, TMDB and OMDb."""

from environs import validate

from config.settings.environment import env

TMDB_API_KEY = env.str("TMDB_API_KEY", "")
TMDB_BASE_URL = env.str("TMDB_BASE_URL", "https://api.themoviedb.org/3").rstrip("/")
TMDB_IMAGE_URL = env.str("TMDB_IMAGE_URL", "https://image.tmdb.org/t/p").rstrip("/")
TMDB_SYNC_PAGES = env.int("TMDB_SYNC_PAGES", 50, validate=validate.Range(1, 500))
TMDB_REGION = env.str("TMDB_REGION", "US")
TMDB_REQUESTS_PER_SECOND = env.int("TMDB_REQUESTS_PER_SECOND", 40, validate=validate.Range(min=1))
# A film's details are refreshed after so many days, at most so many films a night.
TMDB_DETAILS_DAYS = env.int("TMDB_DETAILS_DAYS", 30, validate=validate.Range(1, 180))
TMDB_DETAILS_PER_NIGHT = env.int("TMDB_DETAILS_PER_NIGHT", 5000, validate=validate.Range(min=0))
# So many films of an id export, which the catalogue does not have yet, are fetched a night.
TMDB_NEW_PER_NIGHT = env.int("TMDB_NEW_PER_NIGHT", 50_000, validate=validate.Range(min=0))
TMDB_POSTERS_PER_NIGHT = env.int("TMDB_POSTERS_PER_NIGHT", 2000, validate=validate.Range(min=0))
OMDB_API_KEY = env.str("OMDB_API_KEY", "")
OMDB_BASE_URL = env.str("OMDB_BASE_URL", "https://www.omdbapi.com/")
OMDB_DAILY_LIMIT = env.int("OMDB_DAILY_LIMIT", 1000, validate=validate.Range(min=0))
# So many seconds is the film that answers a question remembered, and so many that OMDb does not know it.
LOOKUP_TTL = env.int("LOOKUP_TTL", 86_400, validate=validate.Range(min=1))
LOOKUP_UNKNOWN_TTL = env.int("LOOKUP_UNKNOWN_TTL", 3_600, validate=validate.Range(min=1))
