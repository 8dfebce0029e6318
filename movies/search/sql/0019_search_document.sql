-- The same words and search vectors as before, several times faster: each text is cut once, most texts need no regular
-- expression, and one loop writes all words. What 0004_search_functions.sql says of its functions is true of these too.

-- marquee_tokens: as in 0014_writings.sql; plain letters and digits only need to be split.
CREATE OR REPLACE FUNCTION marquee_tokens(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE
        WHEN value COLLATE "C" ~ '^[A-Za-z0-9]+( [A-Za-z0-9]+)*$' THEN string_to_array(lower(value COLLATE "C"), ' ')
        ELSE array_remove(string_to_array(
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
        ), '')
    END;

-- marquee_document: the vector of a film's tokens, and of words that are cut already (`letters` of the title, see
-- marquee_letters, and `others` of alternative titles). The place of a word goes on from one text to the next.
CREATE FUNCTION marquee_document(
    title text[], letters text[], original_title text[], others text[], directors text[], actors text[], year smallint
) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    tokens text[];
    token text;
    word text;
    heading text;
    weight text;
    place integer := 0;
    lexemes text := '';
BEGIN
    FOR part IN 1..6 LOOP
        tokens := CASE part WHEN 1 THEN title WHEN 2 THEN letters WHEN 3 THEN original_title
                            WHEN 4 THEN others WHEN 5 THEN directors ELSE actors END;
        CONTINUE WHEN tokens IS NULL;
        weight := CASE part WHEN 1 THEN 'A ' WHEN 3 THEN 'A ' WHEN 6 THEN 'C ' ELSE 'B ' END;
        FOREACH token IN ARRAY tokens LOOP
            IF part IN (2, 4) THEN
                place := least(place + CASE WHEN left(token, 1) = '=' THEN 10 ELSE 1 END, 16383);
                lexemes := lexemes || '''' || left(token, 200) || ''':' || place || weight;
            ELSIF left(token, 1) = '=' THEN
                FOR n IN 2..length(token) LOOP
                    place := least(place + 1, 16383);
                    lexemes := lexemes || '''' || substr(token, n, 2) || ''':' || place || weight;
                END LOOP;
            ELSIF position('-' IN token) > 0 THEN
                FOREACH word IN ARRAY string_to_array(token, '-') || replace(token, '-', '') LOOP
                    place := least(place + 1, 16383);
                    lexemes := lexemes || '''' || left(word, 200) || ''':' || place || weight;
                END LOOP;
            ELSE
                place := least(place + 1, 16383); -- as far as positions go
                lexemes := lexemes || '''' || left(token, 200) || ''':' || place || weight;
            END IF;
        END LOOP;
        heading := translate(array_to_string(tokens, ' '), '-=', '');
        IF part IN (1, 3) AND heading <> '' THEN
            FOREACH word IN ARRAY ARRAY[
                heading, regexp_replace(heading, '^(the|an?|les?|la|une?|der|das|el|l[ao]s|il) ', '')
            ] LOOP
                place := least(place + 10, 16383);
                lexemes := lexemes || '''' || left('=' || replace(word, ' ', ''), 200) || ''':' || place || weight;
            END LOOP;
        END IF;
    END LOOP;
    RETURN (lexemes || coalesce(year || ':' || least(place + 1, 16383) || 'D', ''))::tsvector;
END;
$$;

-- marquee_search_vector: the value of Movie.search_vector.
CREATE OR REPLACE FUNCTION marquee_search_vector(
    title text, original_title text, directors text[], actors text[], year smallint, alternative_titles text[]
) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN marquee_document(
        marquee_tokens(title),
        CASE WHEN title COLLATE "C" ~ '[0-9]|[^ -~]' THEN marquee_letters(marquee_tokens(title)) END,
        CASE WHEN original_title NOT IN ('', title) THEN marquee_tokens(original_title) END,
        CASE WHEN alternative_titles <> '{}' THEN marquee_title_words(alternative_titles) END,
        marquee_tokens(array_to_string(directors, ' ')),
        marquee_tokens(array_to_string(actors, ' ')),
        year
    );
