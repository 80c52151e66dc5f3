"""Telling people of promises: what is due to be told, how it is worded, and how it gets to the receiver."""
