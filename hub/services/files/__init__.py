"""A partner's files (issue of connectors): taken in, mapped, checked line by line, then written in short units.

A file goes the way of every platform: what it says becomes catalogue, identities and registers of the same platform
(`hub.services.sync`), so that the same fact told twice, by whatever way, is one fact. A line that is missing changes
nothing. A person looks at the report before anything is written; the falls in it are written because they agreed.
"""
