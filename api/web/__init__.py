"""Pages for people: templates, their style, and nothing that runs in a browser."""
