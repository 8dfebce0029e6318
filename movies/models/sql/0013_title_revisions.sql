-- Keep Movie.title_revision and Movie.title_changed_at, whatever writes titles: calendars have to tell a new title from
-- an old one.
--
-- The old row counts, and not what the statement sets: a film that is saved as it was read some time ago must not set
-- the number back. It writes no other row, so there is nothing to wait for.

CREATE FUNCTION marquee_revise_title() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.title_revision := OLD.title_revision;
    NEW.title_changed_at := OLD.title_changed_at;
    IF NEW.title IS DISTINCT FROM OLD.title THEN
        NEW.title_revision := OLD.title_revision + 1;
        NEW.title_changed_at := statement_timestamp();
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER movie_title_revised BEFORE UPDATE ON movies_movie
    FOR EACH ROW
    WHEN (
        NEW.title IS DISTINCT FROM OLD.title
        OR NEW.title_revision IS DISTINCT FROM OLD.title_revision
        OR NEW.title_changed_at IS DISTINCT FROM OLD.title_changed_at
    )
    EXECUTE FUNCTION marquee_revise_title();
