-- Other writings of titles: an article behind a comma, letters written as digits, and alternative titles.
-- What 0004_search_functions.sql says of its functions is true of these as well.

-- marquee_article_first: "matrix, the (1999)" as "the matrix (1999)", of a text as marquee_plain returns it.
CREATE FUNCTION marquee_article_first(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(
        regexp_replace(
            value COLLATE pg_c_utf8,
            '^(.*[^ ,]) *, *(the|an?|der|die|das|les?|la|une?|el|l[ao]s|lo|il|gli|uno|una|eine?|os?|as|de|het|een)( *\([0-9]{4}\))? *$',
            '\2 \1\3'
        ),
        '^(.*[^ ,]) *, *l''( *\([0-9]{4}\))? *$', 'l''\1\2'
    );

-- marquee_tokens: as in 0004_search_functions.sql, but with the article first.
CREATE OR REPLACE FUNCTION marquee_tokens(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_remove(string_to_array(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(marquee_article_first(marquee_plain(value)), '[[:space:][:cntrl:]]+', ' ', 'g'),
                    '[[:punct:]]+', '-', 'g'
                ),
                '-?([\u3005-\u3007\u3041-\u30FA\u30FC-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\uAC00-\uD7AF\U00020000-\U0003FFFF]+)-?', ' =\1 ', 'g'
            ),
            '(?<![^ ])-|-(?![^ ])', ' ', 'g'
        ), ' '
    ), '');

-- marquee_vector: as in 0004_search_functions.sql, but a heading stands far behind the words before it, so that words
-- of two titles, or of a title and a name, are never near each other.
CREATE OR REPLACE FUNCTION marquee_vector(words text[], weight text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    word text;
    place integer := 0;
    lexemes text := '';
BEGIN
    FOREACH word IN ARRAY words LOOP
        place := least(place + CASE WHEN left(word, 1) = '=' THEN 10 ELSE 1 END, 16383); -- as far as positions go
        lexemes := lexemes || '''' || left(word, 200) || ''':' || place || weight || ' ';
    END LOOP;
    RETURN lexemes::tsvector;
END;
$$;

-- marquee_letters: words such as "se7en" and "m3gan", and a whole title with them, with letters instead of digits.
-- A 1 is an i or an l, a 7 is a v or a t. Where several digits stand side by side, they are a number.
CREATE FUNCTION marquee_letters(tokens text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters text;
    token text;
    heading text;
    words text[] := '{}';
BEGIN
    IF array_to_string(tokens, ' ') COLLATE pg_c_utf8 !~ '[a-z][0-9][a-z]' THEN
        RETURN words;
    END IF;
    FOREACH letters IN ARRAY ARRAY['oieasvbg', 'oleastbg'] LOOP
        heading := '=';
        FOREACH token IN ARRAY tokens LOOP
            IF length(token) >= 4 AND token COLLATE pg_c_utf8 ~ '^[a-z]+([0-9][a-z]+)+$' THEN
                token := translate(token, '01345789', letters);
                words := words || token;
            END IF;
            heading := heading || translate(token, '-=', '');
        END LOOP;
        words := words || heading;
    END LOOP;
    RETURN words;
END;
$$;

-- marquee_title_words: the words and headings of several titles.
CREATE FUNCTION marquee_title_words(titles text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(array_agg(word ORDER BY place, number), '{}')
        FROM unnest(titles) WITH ORDINALITY AS films (title, place),
            unnest(
                marquee_words(marquee_tokens(title)) || marquee_heading(marquee_tokens(title))
            ) WITH ORDINALITY AS words (word, number)
    );

-- marquee_keys: whole titles without spaces, as they are compared with each other; the article counts. A title whose
-- digits are letters has a second one, marked with "=".
CREATE FUNCTION marquee_keys(titles text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(array_agg(key), '{}') FROM unnest(titles) AS films (title), LATERAL (
            SELECT replace(marquee_fold(title), ' ', '') AS key
            UNION ALL SELECT word FROM unnest(marquee_letters(marquee_tokens(title))) AS words (word)
                WHERE left(word, 1) = '='
        ) AS keys
    );

-- marquee_search_vector: the value of Movie.search_vector. Alternative titles weigh less than the film's own two.
CREATE FUNCTION marquee_search_vector(
    title text, original_title text, directors text[], actors text[], year smallint, alternative_titles text[]
) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN marquee_vector(marquee_words(marquee_tokens(title)), 'A')
        || marquee_vector(marquee_heading(marquee_tokens(title)), 'A')
        || marquee_vector(marquee_letters(marquee_tokens(title)), 'B')
        || CASE WHEN original_title IN ('', title) THEN '' ELSE
            marquee_vector(marquee_words(marquee_tokens(original_title)), 'A')
            || marquee_vector(marquee_heading(marquee_tokens(original_title)), 'A')
        END
        || CASE WHEN alternative_titles = '{}' THEN '' ELSE
            marquee_vector(marquee_title_words(alternative_titles), 'B')
        END
        || marquee_vector(marquee_words(marquee_tokens(array_to_string(directors, ' '))), 'B')
        || marquee_vector(marquee_words(marquee_tokens(array_to_string(actors, ' '))), 'C')
        || coalesce(year || ':1D', '')::tsvector;
