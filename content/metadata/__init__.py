"""Descriptions of learning resources and training offers: LOM and its French profiles, Dublin Core,
schema.org, LHEO."""
