"""Articles in: over HTTP, from feeds and from files, onto the topic `articles`."""
