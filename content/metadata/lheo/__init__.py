"""LHEO, the French language of training offers: 2.2 read, 2.3 read, validated and written.

Sources: LHEO 2.3 definition (namespace ``http://lheo.gouv.fr/2.3``) and 2.2; names, lengths and tables are facts of
the format, listed in ``structure``.
"""
