"""A real OpenID Connect provider, built with Authlib's server side: discovery, code flow with PKCE, signed ID tokens.

It runs over HTTP on the loopback address in a thread of the test's own. ``who`` is who is signed in there.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "hub", "s3same-s3same"


class Client:
    """The hub as this provider knows it."""

    client_id = CLIENT

    def __init__(self, redirect_uri: str) -> None:
        self._redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self._redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self._redirect_uri

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(dict[str, Any]):
    """An authorization code with what it was given for."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)

    def get_redirect_uri(self) -> str:
        return str(self["redirect_uri"])

    def get_scope(self) -> str:
        return str(self["scope"])

    def get_nonce(self) -> str | None:
        return self.get("nonce")

    def get_auth_time(self) -> int | None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider:
    """The provider's state. ``spoil`` may change the claims of the next ID token; ``key`` signs them."""

    def __init__(self, issuer: str, redirect_uri: str) -> None:
        self.issuer, self.redirect_uri = issuer, redirect_uri
        self.key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self.published = self.key
        self.who = {"sub": "p-1", "email": "ines@example.org", "email_verified": True, "name": "Inès"}
        self.now: int = 0
        self.codes: dict[str, Code] = {}
        self.spoil: dict[str, Any] = {}

    def app(self) -> Flask:
        """The WSGI application."""
        made = Flask("provider")
        made.secret_key = "provider"
        made.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = False
        state = self

        class Grant(AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012 - Authlib's own name

            def save_authorization_code(self, code: str, asked: Any) -> None:
                data = asked.payload.data
                state.codes[code] = Code(
                    code=code, redirect_uri=asked.payload.redirect_uri, scope=asked.payload.scope,
                    nonce=data.get("nonce"), code_challenge=data.get("code_challenge"),
                    code_challenge_method=data.get("code_challenge_method"), who=dict(state.who),
                )  # fmt: skip

            def query_authorization_code(self, code: str, client: Client) -> Code | None:
                return state.codes.get(code)

            def delete_authorization_code(self, code: Code) -> None:
                state.codes.pop(code["code"], None)

            def authenticate_user(self, code: Code) -> dict[str, Any]:
                return dict(code["who"])

        class Openid(OpenIDCode):
            def exists_nonce(self, nonce: str, asked: Any) -> bool:
                return False

            def resolve_client_private_key(self, client: Client) -> Any:
                return state.key

            def get_client_algorithm(self, client: Client) -> str:
                return "RS256"

            def get_client_claims(self, client: Client) -> dict[str, Any]:
                return {"iss": state.issuer}

            def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
                return UserInfo(**{**user, **state.spoil})

            def get_authorization_code_claims(self, code: Code) -> dict[str, Any]:
                return {"nonce": code["nonce"]}

        server = AuthorizationServer(
            made,
            query_client=lambda client_id: Client(self.redirect_uri) if client_id == CLIENT else None,
            save_token=lambda token, asked: None,
        )
        server.register_grant(Grant, [Openid(require_nonce=True), CodeChallenge(required=True)])

        @made.get("/.well-known/openid-configuration")
        def discovery() -> Response:
            return jsonify(
                issuer=self.issuer,
                authorization_endpoint=f"{self.issuer}/authorize",
                token_endpoint=f"{self.issuer}/token",
                jwks_uri=f"{self.issuer}/keys",
            )

        @made.get("/keys")
        def keys() -> Response:
            return jsonify(keys=[self.published.as_dict(private=False)])

        @made.get("/authorize")
        def authorize() -> Any:
            return server.create_authorization_response(
                grant=server.get_consent_grant(end_user=self.who), grant_user=self.who
            )

        @made.post("/token")
        def token() -> Any:
            assert request.headers.get("Authorization", "").startswith("Basic ")
            return server.create_token_response()

        return made


@contextmanager
def running(redirect_uri: str) -> Iterator[Provider]:
    """A provider that answers at its issuer's address."""
    import os

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    state = Provider("", redirect_uri)
    server = make_server("127.0.0.1", 0, state.app(), threaded=True)
    state.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join(10)
        del os.environ["AUTHLIB_INSECURE_TRANSPORT"]
