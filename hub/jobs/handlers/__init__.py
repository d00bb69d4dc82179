"""Handlers by kind: every module here is found by ``hub.jobs.registry.discovered``."""
