from django.urls import path

from movies.views import catalogue

app_name = "movies"
urlpatterns = [
    path("", catalogue.movie_list, name="list"),
    path("<int:pk>-<str:slug>/", catalogue.movie_detail, name="detail"),
]
