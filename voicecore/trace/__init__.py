"""SIP messages and counters for other programs: pcapng, HEPv3, Prometheus."""
