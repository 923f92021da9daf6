"""Where series come from: one file a source."""
