"""Seeing what the platform does: secrets masked, packets for Wireshark and Homer, numbers for Prometheus."""
