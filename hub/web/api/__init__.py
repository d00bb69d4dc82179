"""The JSON API: one declaration per operation, from which routing, validation and the OpenAPI document come.

``operation`` declares, ``serving`` answers, ``openapi`` describes, ``areas`` holds the operations themselves.
"""
