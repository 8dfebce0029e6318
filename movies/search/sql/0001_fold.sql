-- A text as it is sorted and compared. Replaced by 0004_search_functions.sql.
CREATE OR REPLACE FUNCTION marquee_fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, value));
