"""The hub's own addresses: here belongs how a path of a page, an activity IRI or an endpoint is spelled.

So services and jobs can write a link without knowing Flask, and the route of a page is told in one place.
"""
