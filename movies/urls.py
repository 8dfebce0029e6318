from django.urls import path

from movies.views import (
    catalogue,
    film,
    history,
    how_was_it,
    library,
    moderation,
    own_films,
    parts,
    posters,
    ratings,
    search,
    watchlist,
)

app_name = "movies"
urlpatterns = [
    path("", catalogue.movie_list, name="list"),
    path("suggest/", search.suggest, name="suggest"),
    path("<int:pk>-<str:slug>/", film.movie_detail, name="detail"),
    path("<int:pk>-<str:slug>/ratings/", ratings.movie_ratings, name="ratings"),
    path("<int:pk>/rating/", ratings.save_rating, name="rate"),
    path("<int:pk>/rating/remove/", ratings.remove_rating, name="unrate"),
    path("<int:pk>/seen/", history.add_viewing, name="seen"),
]

# The user's private films; config/urls.py includes them under /my-movies/.
own_films_urls = (
    [
        path("", own_films.film_list, name="list"),
        path("add/", own_films.add_film, name="add"),
        path("<int:pk>/edit/", own_films.edit_film, name="edit"),
        path("<int:pk>/delete/", own_films.delete_film, name="delete"),
    ],
    "my_movies",
)

# Pages of the user's library, each at the top of the site, parts of other pages, and the files of posters.
library_urls = [
    path("parts/", parts.parts, name="parts"),
    path("watchlist/", watchlist.watchlist_page, name="watchlist"),
    path("watchlist/toggle/", watchlist.toggle, name="watchlist_toggle"),
    path("ratings/", ratings.own_ratings, name="ratings"),
    path("ratings/<int:pk>/report/", moderation.report_review, name="report_review"),
    path("ratings/<int:pk>/hide/", moderation.hide_review, name="hide_review"),
    path("how-was-it/<int:pk>/", how_was_it.how_was_it_page, name="how_was_it"),
    path("history/", history.own_history, name="history"),
    path("history/<int:pk>/remove/", history.remove_viewing, name="history_remove"),
    path("library/", library.library_page, name="library"),
    path("library/export/", library.download_export, name="library_export"),
    path("library/imports/<int:pk>/", library.import_page, name="library_import"),
    path("library/imports/<int:pk>/apply/", library.apply_import, name="library_import_apply"),
    path("library/imports/<int:pk>/delete/", library.delete_import, name="library_import_delete"),
    path("media/posters/<str:key>/w<int:width>.jpg", posters.poster_file, name="poster_file"),
    path("posters/<int:pk>-<str:key>.svg", posters.drawn_poster, name="drawn_poster"),
]
