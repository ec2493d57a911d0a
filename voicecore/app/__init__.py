"""Wires everything by hand: the only room that picks implementations."""
