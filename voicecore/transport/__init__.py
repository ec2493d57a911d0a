"""Sockets, and the runner that joins them to the SIP machine."""
