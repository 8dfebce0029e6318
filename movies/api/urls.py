from rest_framework.routers import SimpleRouter

from movies.api.views.catalogue import GenreViewSet, MovieViewSet

router = SimpleRouter(trailing_slash=False)
router.register("movies", MovieViewSet, basename="movie")
router.register("genres", GenreViewSet, basename="genre")

urlpatterns = router.urls
