"""Full text search over a published set: the lines of its documents and its rows, by words and by characters."""
