"""The dashboard: an agency's page, who reports, places, what the data are. It only reads the warehouse."""
