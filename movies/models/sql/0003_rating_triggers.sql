-- Keep Movie.ratings_sum and Movie.ratings_count exact, whatever writes ratings.
--
-- Each statement adds its difference once per film and in the order of ids, so that two statements which write
-- ratings of several films at once cannot deadlock.

CREATE FUNCTION marquee_move_film(film bigint, points numeric, ratings numeric) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    UPDATE movies_movie SET ratings_sum = ratings_sum + points, ratings_count = ratings_count + ratings WHERE id = film;
END;

CREATE FUNCTION marquee_ratings_move_films() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM marquee_move_film(movie_id, sum(rating), count(*)) FROM added GROUP BY movie_id ORDER BY movie_id;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM marquee_move_film(movie_id, -sum(rating), -count(*)) FROM removed GROUP BY movie_id ORDER BY movie_id;
    ELSE
        PERFORM marquee_move_film(movie_id, sum(points), sum(ratings))
        FROM (
            SELECT movie_id, rating AS points, 1 AS ratings FROM added
            UNION ALL SELECT movie_id, -rating, -1 FROM removed
        ) AS moves
        GROUP BY movie_id HAVING sum(points) <> 0 OR sum(ratings) <> 0 ORDER BY movie_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER rating_added AFTER INSERT ON movies_rating
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION marquee_ratings_move_films();
CREATE TRIGGER rating_changed AFTER UPDATE ON movies_rating
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION marquee_ratings_move_films();
CREATE TRIGGER rating_removed AFTER DELETE ON movies_rating
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION marquee_ratings_move_films();
