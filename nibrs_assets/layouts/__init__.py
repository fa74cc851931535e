"""The record layouts and code tables of the top-level `layouts/`: what they are, and their loader."""
