"""Issued documents: here belongs the making of attestations, attendance sheets, certificates from frozen data.

They are typeset with the texts of hub.texts; a document names the statements that it rests on and never queries.
"""
