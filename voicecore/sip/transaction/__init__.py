"""The four transactions of RFC 3261, section 17 (with RFC 6026), and the matching of messages to them."""
