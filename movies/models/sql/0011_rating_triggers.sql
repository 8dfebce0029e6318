-- A row without a rating is a review alone: it adds nothing to Movie.ratings_sum and Movie.ratings_count.

CREATE OR REPLACE FUNCTION marquee_ratings_move_films() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM marquee_move_film(movie_id, sum(rating), count(rating))
        FROM added GROUP BY movie_id HAVING count(rating) > 0 ORDER BY movie_id;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM marquee_move_film(movie_id, -sum(rating), -count(rating))
        FROM removed GROUP BY movie_id HAVING count(rating) > 0 ORDER BY movie_id;
    ELSE
        PERFORM marquee_move_film(movie_id, sum(points), sum(ratings))
        FROM (
            SELECT movie_id, rating AS points, 1 AS ratings FROM added WHERE rating IS NOT NULL
            UNION ALL SELECT movie_id, -rating, -1 FROM removed WHERE rating IS NOT NULL
        ) AS moves
        GROUP BY movie_id HAVING sum(points) <> 0 OR sum(ratings) <> 0 ORDER BY movie_id;
    END IF;
    RETURN NULL;
END $$;
