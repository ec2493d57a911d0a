"""Webhooks: a server elsewhere gets the facts of a call as JSON, and answers with a list of verbs."""
