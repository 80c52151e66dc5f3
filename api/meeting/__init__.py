"""The weekly meeting: everything that it looks at, of one moment, as JSON, Markdown and a message of a chat."""
