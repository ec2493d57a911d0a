"""The site's TOML file: read once at start, checked whole, kept as frozen settings."""
