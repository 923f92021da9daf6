"""One drawer for each shape of exhibit; nothing here knows a kind of test."""
