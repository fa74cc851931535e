"""What `make bench` runs: national-size master files, the ways that are compared, the table of ratios."""
