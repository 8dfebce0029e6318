-- Keep Movie.printed_revision and Movie.printed_changed_at as 0018_printed_revisions.sql says, but after the update: before
-- it, a trigger may change any column, so that PostgreSQL computes the search's words anew with every update of a film,
-- of its ratings and its popularity too.

DROP TRIGGER movie_printed_revised ON movies_movie;

CREATE OR REPLACE FUNCTION marquee_revise_printed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- No limit and a limit of 0 years are printed alike.
    IF NEW.title IS DISTINCT FROM OLD.title
        OR coalesce(NEW.age_restriction, 0) IS DISTINCT FROM coalesce(OLD.age_restriction, 0)
    THEN
        UPDATE movies_movie SET printed_revision = OLD.printed_revision + 1, printed_changed_at = statement_timestamp()
        WHERE id = NEW.id;
    ELSE
        UPDATE movies_movie SET printed_revision = OLD.printed_revision, printed_changed_at = OLD.printed_changed_at
        WHERE id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

-- Its own update does not start it again.
CREATE TRIGGER movie_printed_revised AFTER UPDATE ON movies_movie
    FOR EACH ROW
    WHEN (
        pg_trigger_depth() = 0 AND (
            NEW.title IS DISTINCT FROM OLD.title
            OR NEW.age_restriction IS DISTINCT FROM OLD.age_restriction
            OR NEW.printed_revision IS DISTINCT FROM OLD.printed_revision
            OR NEW.printed_changed_at IS DISTINCT FROM OLD.printed_changed_at
        )
    )
    EXECUTE FUNCTION marquee_revise_printed();
