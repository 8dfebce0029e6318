-- Keep Movie.printed_revision and Movie.printed_changed_at, whatever writes what tickets and calendars say of a film, its
-- title and its age limit: calendars have to tell a new entry from an old one.
--
-- The old row counts, and not what the statement sets: a film that is saved as it was read some time ago must not set
-- the number back. It writes no other row, so there is nothing to wait for.

DROP TRIGGER movie_title_revised ON movies_movie;
DROP FUNCTION marquee_revise_title();

CREATE FUNCTION marquee_revise_printed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.printed_revision := OLD.printed_revision;
    NEW.printed_changed_at := OLD.printed_changed_at;
    -- No limit and a limit of 0 years are printed alike.
    IF NEW.title IS DISTINCT FROM OLD.title
        OR coalesce(NEW.age_restriction, 0) IS DISTINCT FROM coalesce(OLD.age_restriction, 0)
    THEN
        NEW.printed_revision := OLD.printed_revision + 1;
        NEW.printed_changed_at := statement_timestamp();
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER movie_printed_revised BEFORE UPDATE ON movies_movie
    FOR EACH ROW
    WHEN (
        NEW.title IS DISTINCT FROM OLD.title
        OR NEW.age_restriction IS DISTINCT FROM OLD.age_restriction
        OR NEW.printed_revision IS DISTINCT FROM OLD.printed_revision
        OR NEW.printed_changed_at IS DISTINCT FROM OLD.printed_changed_at
    )
    EXECUTE FUNCTION marquee_revise_printed();
