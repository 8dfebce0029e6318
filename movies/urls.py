from django.urls import path

from movies.views import catalogue, film, history, how_was_it, library, own_films, posters, ratings, search, watchlist

app_name = "movies"
urlpatterns = [
    path("", catalogue.movie_list, name="list"),
    path("suggest/", search.suggest, name="suggest"),
    path("<int:pk>-<str:slug>/", film.movie_detail, name="detail"),
    path("<int:pk>-<str:slug>/ratings/", ratings.of_movie, name="ratings"),
    path("<int:pk>/rating/", ratings.save, name="rate"),
    path("<int:pk>/rating/remove/", ratings.remove, name="unrate"),
    path("<int:pk>/seen/", history.seen, name="seen"),
]

# One's private films, at a place of their own: config/urls.py includes it under /my-movies/.
own_films_urls = (
    [
        path("", own_films.film_list, name="list"),
        path("add/", own_films.add, name="add"),
        path("<int:pk>/edit/", own_films.edit, name="edit"),
        path("<int:pk>/delete/", own_films.delete, name="delete"),
    ],
    "my_movies",
)

# What a visitor does with films, each at the top of the site; and the posters, where the store is a folder.
library_urls = [
    path("watchlist/", watchlist.watchlist_page, name="watchlist"),
    path("watchlist/toggle/", watchlist.toggle, name="watchlist_toggle"),
    path("ratings/", ratings.own, name="ratings"),
    path("how-was-it/<int:pk>/", how_was_it.page, name="how_was_it"),
    path("history/", history.own, name="history"),
    path("history/<int:pk>/remove/", history.remove, name="history_remove"),
    path("library/", library.library, name="library"),
    path("library/export/", library.export, name="library_export"),
    path("library/imports/<int:pk>/", library.import_page, name="library_import"),
    path("library/imports/<int:pk>/apply/", library.apply, name="library_import_apply"),
    path("library/imports/<int:pk>/delete/", library.delete, name="library_import_delete"),
    path("media/posters/<str:key>/w<int:width>.jpg", posters.poster_file, name="poster_file"),
]
