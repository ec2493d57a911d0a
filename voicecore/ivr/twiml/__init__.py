"""TwiML, the XML in which back ends made for Twilio say what a call does: read, and carried out with our verbs."""
