"""The platform role of LTI 1.3: launches, access tokens, Assignment and Grade Services."""
