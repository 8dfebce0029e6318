-- The words of a film and their weights. Replaced by 0004_search_functions.sql.
CREATE FUNCTION marquee_search_vector(title text, original_title text, directors text[], actors text[])
    RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('simple', marquee_fold(title)), 'A')
        || setweight(to_tsvector('simple', marquee_fold(original_title)), 'A')
        || setweight(to_tsvector('simple', marquee_fold(array_to_string(directors, ' '))), 'B')
        || setweight(to_tsvector('simple', marquee_fold(array_to_string(actors, ' '))), 'C');
