"""What we do with each method of the peer, a file each. The list of them is in `voicecore/sip/stack.py`."""
