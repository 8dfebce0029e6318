from django.apps import AppConfig


class MoviesConfig(AppConfig):
    name = "movies"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from accounts.notifications import kinds
        from common.database import constraints
        from common.errors import Code
        from common.finished import changes
        from movies.library import moderation

        kinds.register(moderation.KIND)
        changes.register(
            {
                "movies_movie": ["films"],
                "movies_movie_genres": ["films"],
                "movies_formerfilm": ["films"],
                "movies_searchword": ["films"],
                "movies_genre": ["genres"],
                "movies_rating": ["ratings", "films"],  # its triggers keep the film's average
                "movies_hiddenreview": ["ratings"],
                "movies_viewing": ["ratings"],  # a rating says whether its author saw the film here
            }
        )

        messages = {
            "movie_tmdb_id_unique": ("There is a film with this TMDB id already.", "tmdb_id"),
            "movie_imdb_id_unique": ("There is a film with this IMDb id already.", "imdb_id"),
            "rating_one_per_user_and_movie": ("You have rated this film already.", "movie_id"),
            "review_report_once": ("You have reported this review already.", "rating_id"),
            "hidden_review_once": ("This review is hidden already.", "rating_id"),
            "watchlist_item_one_per_user_and_movie": ("This film is on your watchlist already.", "movie_id"),
            "viewing_once_at_a_time": ("This is in your history already.", "watched_at"),
            "library_import_one_at_a_time": ("Another of your files is being processed.", "file"),
        }
        for name, (message, field) in messages.items():
            constraints.register(name, Code.DUPLICATE, message, field)
