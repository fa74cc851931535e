"""What every table is: its columns, lineage, views and checks; reference tables and places."""
