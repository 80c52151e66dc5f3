"""Who asks, what each address takes, and how much anybody may ask."""
