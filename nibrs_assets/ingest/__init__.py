"""From the FBI to segments: its download service, the raw folder, zips and their provenance, decoding into the lake."""
