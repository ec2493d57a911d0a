"""Header values that extensions of SIP define, each read from text when somebody asks for it. One RFC a file."""
