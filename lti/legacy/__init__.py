"""LTI 1.1 and 1.1.2, which MOOC platforms and older Open edX still speak: signed launches in both roles, Basic
Outcomes in
both roles, content items 1.0. Signatures are OAuth 1.0a's (RFC 5849), by oauthlib."""
