"""Asset checks, made from what the tables say of themselves."""
