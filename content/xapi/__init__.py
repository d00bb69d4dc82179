"""xAPI statements: grammar, exact JSON, canonical forms, vocabularies, what a statement says of learning.

Sources: Experience API 1.0.3, part two (Data) and part three (Communication), adlnet/xAPI-Spec; IEEE 9274.1.1 (xAPI
2.0); requirement ids of adlnet/xapi-lrs-conformance-requirements.
"""
