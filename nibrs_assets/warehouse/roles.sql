-- Who may do what in the database of the warehouse. Its owner runs this, any number of times.
--
-- owner         whose schemas these are; may drop them, and gives out what the others have
-- nibrs_loader  makes, loads and exchanges the tables; nothing outside the two schemas
-- nibrs_reader  reads the tables of the schema nibrs: dashboards, BI, people

DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY['nibrs_loader', 'nibrs_reader'] LOOP
        IF to_regrole(made) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', made);
        END IF;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO nibrs_loader, nibrs_reader', current_database());
END
$$;

-- The owner of a database that is no superuser gives the loader's tables their rights as a member of it.
GRANT nibrs_loader TO current_user;
REVOKE ALL ON SCHEMA public FROM public;

CREATE SCHEMA IF NOT EXISTS nibrs;
CREATE SCHEMA IF NOT EXISTS nibrs_loading;
GRANT USAGE, CREATE ON SCHEMA nibrs, nibrs_loading TO nibrs_loader;
GRANT USAGE ON SCHEMA nibrs TO nibrs_reader;
ALTER ROLE nibrs_loader SET search_path = nibrs;
ALTER ROLE nibrs_reader SET search_path = nibrs;

-- What was loaded before there was a loader.
DO $$
DECLARE
    old regclass;
BEGIN
    FOR old IN
        SELECT oid FROM pg_class
        WHERE relnamespace IN ('nibrs'::regnamespace, 'nibrs_loading'::regnamespace)
            AND relkind IN ('r', 'p') AND relowner = CURRENT_USER::regrole
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO nibrs_loader', old);
    END LOOP;
END
$$;

-- A year is loaded in nibrs_loading, which the reader can't enter, and moved to nibrs with the rights it has.
ALTER DEFAULT PRIVILEGES FOR ROLE nibrs_loader IN SCHEMA nibrs, nibrs_loading GRANT SELECT ON TABLES TO nibrs_reader;
SET LOCAL ROLE nibrs_loader;
GRANT SELECT ON ALL TABLES IN SCHEMA nibrs TO nibrs_reader;
RESET ROLE;
