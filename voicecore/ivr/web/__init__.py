"""Web servers that flows ask: which ones, how requests are signed, and the client that carries them."""
