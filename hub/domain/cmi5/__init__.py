"""The rules of a cmi5 launching system, pure: what statements may say, when units, blocks and courses are satisfied."""
