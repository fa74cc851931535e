"""The data dictionary: pages for people and a `datapackage.json` for programs, made from the layouts and the tables themselves."""
