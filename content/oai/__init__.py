"""OAI-PMH 2.0: reading a repository's answers and giving those of one's own. No HTTP here.

Source: The Open Archives Initiative Protocol for Metadata Harvesting 2.0 (2002-06-14, implementation guidelines).
"""
