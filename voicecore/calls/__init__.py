"""Legs, bridges, calls and their records: SIP dialogs joined with media sessions."""
