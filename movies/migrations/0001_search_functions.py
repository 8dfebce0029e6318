"""What the generated columns of Movie are computed with.

PostgreSQL accepts only IMMUTABLE functions there, and `unaccent` and `array_to_string` are merely STABLE
because their outcome could change with a dictionary or a type's output; neither happens here.
"""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

FOLD = """
CREATE FUNCTION marquee_fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, value));
"""

SEARCH_VECTOR = """
CREATE FUNCTION marquee_search_vector(title text, original_title text, directors text[], actors text[])
    RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('simple', marquee_fold(title)), 'A')
        || setweight(to_tsvector('simple', marquee_fold(original_title)), 'A')
        || setweight(to_tsvector('simple', marquee_fold(array_to_string(directors, ' '))), 'B')
        || setweight(to_tsvector('simple', marquee_fold(array_to_string(actors, ' '))), 'C');
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION marquee_fold(text)"),
        migrations.RunSQL(SEARCH_VECTOR, "DROP FUNCTION marquee_search_vector(text, text, text[], text[])"),
    ]
