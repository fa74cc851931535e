"""The `nibrs` command."""
