"""Models of clearance: what they may know, how they are made, audited and told of. See docs/clearance.md."""
