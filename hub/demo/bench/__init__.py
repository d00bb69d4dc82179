"""Benches: what is measured, on which machine, never asserted as an absolute time (``hub bench NAME``)."""
