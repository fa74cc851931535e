"""The dashboard: an agency's page, who reports, places, what the data are. It reads the warehouse as its reader, and nothing else."""
