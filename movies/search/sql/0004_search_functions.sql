-- Documents and queries are cut into the same words, by the functions below.
--
-- All have the fixed collation pg_c_utf8, so that they really are immutable, as generated columns require.
-- The loops are in PL/pgSQL: a subquery in an SQL function costs a hundred times its work for texts this short.
-- The PL/pgSQL functions call none of the others, because a restore runs them without a search path; bodies of SQL
-- functions are parsed when they are created.

-- marquee_plain: a text without case, accents, marks and compatibility forms.
-- Removed are marks that people leave out (Latin, Hebrew, Arabic with its tatweel) and invisible characters.
CREATE FUNCTION marquee_plain(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(
        lower(normalize(regexp_replace(
            normalize(unaccent('unaccent'::regdictionary, replace(value, ' & ', ' and ')), NFKD)
                COLLATE pg_c_utf8, '[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06ED\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFE00-\uFE0F\uFEFF]+', '', 'g'
        ), NFKC)),
        'ςىة', 'σيه'
    );

-- marquee_tokens: the words of a text. Inner signs become "-" ("spider-man", "wall-e", "schindler-s"). A run of
-- characters of a script without spaces between words (Han, kana, Hangul) begins with "="; "・" is a sign.
CREATE FUNCTION marquee_tokens(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_remove(string_to_array(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(marquee_plain(value), '[[:space:][:cntrl:]]+', ' ', 'g'),
                    '[[:punct:]]+', '-', 'g'
                ),
                '-?([\u3005-\u3007\u3041-\u30FA\u30FC-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\uAC00-\uD7AF\U00020000-\U0003FFFF]+)-?', ' =\1 ', 'g'
            ),
            '(?<![^ ])-|-(?![^ ])', ' ', 'g'
        ), ' '
    ), '');

-- marquee_words: the words to index. A token with inner signs is split and joined (spider, man, spiderman), a run cut
-- into pairs of characters and the last character alone, so that every part of it is found.
CREATE FUNCTION marquee_words(tokens text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    token text;
    words text[] := '{}';
BEGIN
    FOREACH token IN ARRAY tokens LOOP
        IF left(token, 1) = '=' THEN
            FOR place IN 2..length(token) LOOP
                words := words || substr(token, place, 2);
            END LOOP;
        ELSIF position('-' IN token) > 0 THEN
            words := words || string_to_array(token, '-') || replace(token, '-', '');
        ELSE
            words := words || token;
        END IF;
    END LOOP;
    RETURN words;
END;
$$;

-- marquee_fold: a text as it is sorted and compared as a whole.
CREATE OR REPLACE FUNCTION marquee_fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN coalesce(
        nullif(translate(array_to_string(marquee_tokens(value), ' '), '-=', ''), ''),
        trim(marquee_plain(value)) -- a title of signs only
    );

-- marquee_vector: words with positions and a weight. PostgreSQL's own parser is not used: it would see hosts,
-- addresses and numbers in titles.
CREATE FUNCTION marquee_vector(words text[], weight text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    word text;
    place integer := 0;
    lexemes text := '';
BEGIN
    FOREACH word IN ARRAY words LOOP
        place := least(place + 1, 16383); -- as far as positions go
        lexemes := lexemes || '''' || left(word, 200) || ''':' || place || weight || ' ';
    END LOOP;
    RETURN lexemes::tsvector;
END;
$$;

-- marquee_heading: a whole title without spaces, with and without its article, as words that begin with "=". With
-- them the index answers which titles are a text or begin with it. Articles are only those that are no other word
-- in these languages ("Die Hard" begins with "die").
CREATE FUNCTION marquee_heading(tokens text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    heading text := translate(array_to_string(tokens, ' '), '-=', '');
BEGIN
    IF heading = '' THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY[
        '=' || replace(heading, ' ', ''),
        '=' || replace(regexp_replace(heading, '^(the|an?|les?|la|une?|der|das|el|l[ao]s|il) ', ''), ' ', '')
    ];
END;
$$;

-- marquee_search_vector: the value of Movie.search_vector.
CREATE FUNCTION marquee_search_vector(
    title text, original_title text, directors text[], actors text[], year smallint
) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN marquee_vector(marquee_words(marquee_tokens(title)), 'A')
        || marquee_vector(marquee_heading(marquee_tokens(title)), 'A')
        || CASE WHEN original_title IN ('', title) THEN '' ELSE
            marquee_vector(marquee_words(marquee_tokens(original_title)), 'A')
            || marquee_vector(marquee_heading(marquee_tokens(original_title)), 'A')
        END
        || marquee_vector(marquee_words(marquee_tokens(array_to_string(directors, ' '))), 'B')
        || marquee_vector(marquee_words(marquee_tokens(array_to_string(actors, ' '))), 'C')
        || coalesce(year || ':1D', '')::tsvector;

-- marquee_is_spelt: whether a word's spelling can be corrected; runs (see marquee_tokens) and very long words are not.
CREATE FUNCTION marquee_is_spelt(word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN length(word) <= 40 AND word COLLATE pg_c_utf8 !~ '^[=\u3005-\u3007\u3041-\u30FA\u30FC-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\uAC00-\uD7AF\U00020000-\U0003FFFF]';

-- marquee_deletions: the word itself and the word without each one of its letters. Two words within one typing error
-- have one of these in common.
CREATE FUNCTION marquee_deletions(word text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT array_agg(DISTINCT form COLLATE "C") FROM (
            SELECT word AS form
            UNION ALL SELECT left(word, n - 1) || substr(word, n + 1) FROM generate_series(1, length(word)) AS n
        ) AS forms
    );
