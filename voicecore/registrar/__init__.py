"""Phones that sign in: accounts, digest challenges and where each phone can be reached (RFC 3261, 10)."""
