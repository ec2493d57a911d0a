"""What callers say, as values: grammars, matching, voice activity, and recognisers in processes of their own."""
