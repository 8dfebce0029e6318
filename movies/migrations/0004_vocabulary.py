r"""The words that the search sees, and the vocabulary that it corrects spelling against.

A word is what is left of a text when marks, case and signs do not count; documents and queries are cut alike:

    marquee_plain     compatibility forms, accents, marks and case gone
    marquee_tokens    its words; inner signs are a "-" ("spider-man", "wall-e", "schindler-s"), and a run of a script
                      that puts no spaces between words begins with "="
    marquee_words     what is indexed: a token with inner signs split and joined (spider, man, spiderman), a run in
                      pairs of signs and the last sign alone, so that every part of it is found
    marquee_fold      the text as it is sorted and compared as a whole
    marquee_vector    words with positions and a weight; the parser of PostgreSQL, which sees hosts, addresses and
                      numbers in titles, has no part in it
    marquee_heading   the whole of a title without spaces, with and without its article, as words that begin with "=",
                      so that the index also knows which titles are or begin with a text

Everything has the fixed collation pg_c_utf8, so that it is as immutable as it says.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions
from django.db import migrations, models

# Scripts without spaces between words: Han, kana and Hangul (a class of a regular expression; "・" is a sign).
RUN = r"\u3005-\u3007\u3041-\u30FA\u30FC-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\uAC00-\uD7AF\U00020000-\U0003FFFF"
# Marks that people leave out (Latin, Hebrew, Arabic with its tatweel), and signs that nobody sees.
UNHEARD = (
    r"\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06ED"
    r"\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFE00-\uFE0F\uFEFF"
)

PLAIN = rf"""
CREATE FUNCTION marquee_plain(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(
        lower(normalize(regexp_replace(
            normalize(unaccent('unaccent'::regdictionary, replace(value, ' & ', ' and ')), NFKD)
                COLLATE pg_c_utf8, '[{UNHEARD}]+', '', 'g'
        ), NFKC)),
        'ςىة', 'σيه'
    );
"""

TOKENS = rf"""
CREATE FUNCTION marquee_tokens(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_remove(string_to_array(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(marquee_plain(value), '[[:space:][:cntrl:]]+', ' ', 'g'),
                    '[[:punct:]]+', '-', 'g'
                ),
                '-?([{RUN}]+)-?', ' =\1 ', 'g'
            ),
            '(?<![^ ])-|-(?![^ ])', ' ', 'g'
        ), ' '
    ), '');
"""

# PL/pgSQL where there is a loop: a subquery in a function costs a hundred times its work for texts this short. These
# call no function of ours, because a restore runs them without a search path; the others are parsed when made.
WORDS = """
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
"""

FOLD = """
CREATE OR REPLACE FUNCTION marquee_fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN coalesce(
        nullif(translate(array_to_string(marquee_tokens(value), ' '), '-=', ''), ''),
        trim(marquee_plain(value)) -- a title of signs only
    );
"""

OLD_FOLD = """
CREATE OR REPLACE FUNCTION marquee_fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, value));
"""

VECTOR = """
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
"""

# Articles that no language of ours uses as another word ("Die Hard" begins with "die").
HEADING = """
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
"""

SEARCH_VECTOR = """
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
"""

SPELT = rf"""
CREATE FUNCTION marquee_is_spelt(word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN length(word) <= 40 AND word COLLATE pg_c_utf8 !~ '^[={RUN}]';
"""

DELETIONS = """
CREATE FUNCTION marquee_deletions(word text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT array_agg(DISTINCT form COLLATE "C") FROM (
            SELECT word AS form
            UNION ALL SELECT left(word, n - 1) || substr(word, n + 1) FROM generate_series(1, length(word)) AS n
        ) AS forms
    );
"""

FUNCTIONS = [
    (PLAIN, "DROP FUNCTION marquee_plain(text)"),
    (TOKENS, "DROP FUNCTION marquee_tokens(text)"),
    (WORDS, "DROP FUNCTION marquee_words(text[])"),
    (FOLD, OLD_FOLD),
    (VECTOR, "DROP FUNCTION marquee_vector(text[], text)"),
    (HEADING, "DROP FUNCTION marquee_heading(text[])"),
    (SEARCH_VECTOR, "DROP FUNCTION marquee_search_vector(text, text, text[], text[], smallint)"),
    (SPELT, "DROP FUNCTION marquee_is_spelt(text)"),
    (DELETIONS, "DROP FUNCTION marquee_deletions(text)"),
]

# The films that are there already are cut anew, in one pass.
CUT_ANEW = """
ALTER TABLE movies_movie
    ALTER COLUMN sort_title SET EXPRESSION AS (marquee_fold(title)),
    ALTER COLUMN search_vector SET EXPRESSION AS (
        marquee_search_vector(title, original_title, directors, "cast", year)
    )
"""
CUT_AS_BEFORE = """
ALTER TABLE movies_movie
    ALTER COLUMN sort_title SET EXPRESSION AS (marquee_fold(title)),
    ALTER COLUMN search_vector SET EXPRESSION AS (
        marquee_search_vector(title, original_title, directors, "cast")
    )
"""

OLD_SEARCH_VECTOR = """
CREATE FUNCTION marquee_search_vector(title text, original_title text, directors text[], actors text[])
    RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('simple', marquee_fold(title)), 'A')
        || setweight(to_tsvector('simple', marquee_fold(original_title)), 'A')
        || setweight(to_tsvector('simple', marquee_fold(array_to_string(directors, ' '))), 'B')
        || setweight(to_tsvector('simple', marquee_fold(array_to_string(actors, ' '))), 'C');
"""

LEARN_ALL = """
INSERT INTO movies_searchword (word, films)
SELECT word, ndoc FROM ts_stat('SELECT search_vector FROM movies_movie WHERE owner_id IS NULL')
WHERE marquee_is_spelt(word)
"""


def deletions_of(expression: models.Expression) -> models.GeneratedField:
    return models.GeneratedField(
        db_persist=True,
        expression=models.Func(expression, function="marquee_deletions"),
        output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0003_library"),
    ]

    operations = [
        # Its values come back in reverse, when the old functions are in place again.
        migrations.RunSQL(migrations.RunSQL.noop, CUT_AS_BEFORE),
        *(migrations.RunSQL(there, back) for there, back in FUNCTIONS),
        migrations.RunSQL(
            CUT_ANEW,
            # The new function cannot go while the column needs it.
            "ALTER TABLE movies_movie ALTER COLUMN search_vector SET EXPRESSION AS (NULL::tsvector)",
            state_operations=[
                migrations.AlterField(
                    model_name="movie",
                    name="search_vector",
                    field=models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("title"),
                            models.F("original_title"),
                            models.F("directors"),
                            models.F("cast"),
                            models.F("year"),
                            function="marquee_search_vector",
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
        ),
        migrations.RunSQL("DROP FUNCTION marquee_search_vector(text, text, text[], text[])", OLD_SEARCH_VECTOR),
        # Spelling is corrected against the vocabulary, not against whole titles.
        migrations.RemoveIndex(model_name="movie", name="movie_search_spelling"),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                (
                    "films",
                    models.PositiveIntegerField(default=1, help_text="How many films have it; exact once a night."),
                ),
                ("deletions", deletions_of(models.F("word"))),
                ("beginnings", deletions_of(django.db.models.functions.Left("word", 5))),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("deletions"), name="search_word_within_one_error"
                    ),
                    django.contrib.postgres.indexes.GinIndex(models.F("beginnings"), name="search_word_begins_nearly"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("word", "gin_trgm_ops"), name="search_word_alike"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("word", ""), _negated=True), name="search_word_not_empty"
                    )
                ],
            },
        ),
        migrations.RunSQL(LEARN_ALL, migrations.RunSQL.noop),
    ]
