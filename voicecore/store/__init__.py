"""Call records: what happened to each call, kept so that no crash loses a call that ended."""
