"""Where phones register: accounts, their bindings, and how a phone is reached at one (RFC 3261, 10)."""
