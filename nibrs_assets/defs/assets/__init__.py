"""The assets, in the order of the flow: raw, segments, tables, warehouse. What they do is a call."""
