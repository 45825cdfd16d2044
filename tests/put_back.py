"""The database after a test that has committed: as the migrations left it, in milliseconds.

Django empties every table with TRUNCATE, which is a new file for each table and index, and saves the rows of the
migrations again one by one. Here only tables that hold something are emptied, row by row, and a copy of the rows that
migrations made lies beside them, in a schema of the tests.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.creation import BaseDatabaseCreation

#: Triggers of the product are silent meanwhile: they forbid deleting the past, and would write it down once more.
KEPT = """
CREATE SCHEMA kept;

CREATE FUNCTION kept.tables() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT relname::text FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
  ORDER BY relname
$$;

CREATE FUNCTION kept.columns_of(name text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
  WHERE attrelid = ('public.' || quote_ident(name))::regclass
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
$$;

CREATE FUNCTION kept.holds_rows(schema text, name text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', schema, name) INTO found;
  RETURN found;
END $$;

CREATE FUNCTION kept.put_back() RETURNS void LANGUAGE plpgsql AS $$
DECLARE written text[]; name text;
BEGIN
  SELECT coalesce(array_agg(t), '{}') INTO written FROM kept.tables() t WHERE kept.holds_rows('public', t);
  SET CONSTRAINTS ALL DEFERRED;
  FOREACH name IN ARRAY written LOOP
    EXECUTE format('ALTER TABLE public.%I DISABLE TRIGGER USER', name);
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'kept'::regnamespace AND relkind = 'r' LOOP
    IF NOT name = ANY (written) THEN
      written := written || name;
      EXECUTE format('ALTER TABLE public.%I DISABLE TRIGGER USER', name);
    END IF;
    EXECUTE format('INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM kept.%1$I', name, kept.columns_of(name));
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  FOREACH name IN ARRAY written LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE TRIGGER USER', name);
  END LOOP;
END $$;

DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT t FROM kept.tables() t WHERE kept.holds_rows('public', t) LOOP
    EXECUTE format('CREATE TABLE kept.%1$I AS SELECT * FROM public.%1$I', name);
  END LOOP;
END $$;
"""


def put_back_by_copies(connection: Any) -> None:
    """``flush`` does all of it; there is nothing left for Django to keep or to load."""
    type(connection)._test_serialized_contents = ""
    type(connection.ops).sql_flush = _sql_flush
    type(connection.creation).deserialize_db_from_string = _nothing_to_load


def _sql_flush(self: Any, style: Any, tables: list[str], **options: bool) -> list[str]:
    return ["SELECT kept.put_back()"]


def _nothing_to_load(self: BaseDatabaseCreation, data: str) -> None:
    """Every test has left the rows of the migrations as it found them."""
