"""SCORM 2004's sequencing, pure: which activity of a package comes next, and what the whole is worth.

The run-time's own engine was tried and misses what ADL's test packages ask (measure and objective rollup, untracked
clusters, completion by measure through maps); and what decides belongs to the server (ADR 26). One module a part of the
standard's pseudo code, whose process numbers the docstrings name.

Source: SCORM 2004 4th ed. SN, chapters 3 and 4, appendix C (pseudo code).
"""
