-- Note in movies_searchwordchange how many films more or fewer have a word, whatever writes films; search/vocabulary.py
-- adds the notes up. Films only add rows here, so that two transactions with films of the same words never wait for
-- each other, and a film whose words stay costs nothing.

CREATE FUNCTION marquee_note_new_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO movies_searchwordchange (word, films)
    SELECT word, count(*) FROM written, unnest(tsvector_to_array(search_vector)) AS word
    WHERE owner_id IS NULL AND NOT withdrawn AND left(word, 1) <> '='
    GROUP BY word;
    RETURN NULL;
END $$;

CREATE FUNCTION marquee_note_lost_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO movies_searchwordchange (word, films)
    SELECT word, -count(*) FROM written, unnest(tsvector_to_array(search_vector)) AS word
    WHERE owner_id IS NULL AND NOT withdrawn AND left(word, 1) <> '='
    GROUP BY word;
    RETURN NULL;
END $$;

CREATE FUNCTION marquee_note_other_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO movies_searchwordchange (word, films)
    SELECT word, sum(films) FROM (
        SELECT word, -1 FROM unnest(tsvector_to_array(OLD.search_vector)) AS word
        WHERE OLD.owner_id IS NULL AND NOT OLD.withdrawn
        UNION ALL SELECT word, 1 FROM unnest(tsvector_to_array(NEW.search_vector)) AS word
        WHERE NEW.owner_id IS NULL AND NOT NEW.withdrawn
    ) AS changes (word, films)
    WHERE left(word, 1) <> '=' GROUP BY word HAVING sum(films) <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER movie_new_words AFTER INSERT ON movies_movie
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION marquee_note_new_words();

CREATE TRIGGER movie_lost_words AFTER DELETE ON movies_movie
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION marquee_note_lost_words();

CREATE TRIGGER movie_other_words AFTER UPDATE ON movies_movie FOR EACH ROW
    WHEN (
        OLD.search_vector IS DISTINCT FROM NEW.search_vector
        OR OLD.owner_id IS DISTINCT FROM NEW.owner_id
        OR OLD.withdrawn IS DISTINCT FROM NEW.withdrawn
    )
    EXECUTE FUNCTION marquee_note_other_words();
