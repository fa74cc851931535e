"""The assets, one module a layer, in the order of the flow: raw, segments, harmonized, marts, warehouse. What they do is a call."""
