-- Keep the count of a session's calendar entries, its own revision and its film's, growing when the session goes over to
-- another film, as two rows of one film are merged: that film's count may be lower.
--
-- The films are read without a lock: who merges them has locked both, and the entry of a moment ago is old anyway.

CREATE FUNCTION marquee_revise_other_film() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision := greatest(NEW.revision, OLD.revision) + 1
        + (SELECT printed_revision FROM movies_movie WHERE id = OLD.movie_id);
    NEW.changed_at := statement_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER session_other_film_revised BEFORE UPDATE OF movie_id ON cinema_moviesession
    FOR EACH ROW
    WHEN (NEW.movie_id IS DISTINCT FROM OLD.movie_id)
    EXECUTE FUNCTION marquee_revise_other_film();
