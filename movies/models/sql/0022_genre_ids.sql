-- Keep Movie.genre_ids, the genres of a film in the film's own row, whatever writes them: an index of films cannot hold
-- what another table says.
--
-- Whoever inserts films with the ids set costs nothing more here: only films whose ids differ are written.

CREATE FUNCTION marquee_genre_ids(film bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT genre_id FROM movies_movie_genres WHERE movie_id = film ORDER BY genre_id)
$$;

-- The films are locked first, and in the order of their ids, so that the next statement sees what others committed.
CREATE FUNCTION marquee_note_genres() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM movies_movie
    WHERE id IN (SELECT movie_id FROM changed) AND genre_ids <> marquee_genre_ids(id)
    ORDER BY id FOR NO KEY UPDATE;
    IF FOUND THEN
        UPDATE movies_movie SET genre_ids = marquee_genre_ids(id)
        WHERE id IN (SELECT movie_id FROM changed) AND genre_ids <> marquee_genre_ids(id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER movie_genres_inserted AFTER INSERT ON movies_movie_genres
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION marquee_note_genres();
CREATE TRIGGER movie_genres_deleted AFTER DELETE ON movies_movie_genres
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION marquee_note_genres();
CREATE TRIGGER movie_genres_moved_from AFTER UPDATE ON movies_movie_genres
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION marquee_note_genres();
CREATE TRIGGER movie_genres_moved_to AFTER UPDATE ON movies_movie_genres
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION marquee_note_genres();

-- A film that is saved as it was read some time ago must not bring its former genres back. Not BEFORE UPDATE: with such
-- a trigger, every update of a film would compute its generated columns anew, the search vector among them.
CREATE FUNCTION marquee_keep_genre_ids() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE movies_movie SET genre_ids = marquee_genre_ids(id)
    WHERE id = NEW.id AND genre_ids <> marquee_genre_ids(id);
    RETURN NULL;
END $$;

CREATE TRIGGER movie_genre_ids_kept AFTER UPDATE OF genre_ids ON movies_movie
    FOR EACH ROW WHEN (NEW.genre_ids IS DISTINCT FROM OLD.genre_ids) EXECUTE FUNCTION marquee_keep_genre_ids();

UPDATE movies_movie SET genre_ids = marquee_genre_ids(id) WHERE genre_ids <> marquee_genre_ids(id);
