"""lti1p3platform as a platform with one course: it launches a tool, gives it a token and takes its scores.

The file is run by the peer's own Python. One JSON object in the environment (PEER): port, client, launch, login, jwks,
key and public (PEM). It says "ready" when it listens; ``GET /scores`` shows what came. ``/pick`` begins a selection.
"""

import html
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from lti1p3platform.exceptions import LtiException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration

TOLD = json.loads(os.environ["PEER"])
URL = f"http://localhost:{TOLD['port']}"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
scores = []


class Platform(LTI1P3PlatformConfAbstract):
    def init_platform_config(self, **_):
        self._registration = (
            Registration()
            .set_iss(URL)
            .set_client_id(TOLD["client"])
            .set_deployment_id("1")
            .set_launch_url(TOLD["launch"])
            .set_deeplink_launch_url(TOLD["launch"])
            .set_oidc_login_url(TOLD["login"])
            .set_tool_key_set_url(TOLD["jwks"])
            .set_platform_private_key(TOLD["key"])
            .set_platform_public_key(TOLD["public"])
        )

    def get_registration_by_params(self, **_):
        return self._registration


class Login(OIDCLoginAbstract):
    def set_lti_message_hint(self, *, hint, **_):
        self._lti_message_hint = hint

    def get_redirect(self, url):
        return url


class Launch(LTIAdvantageMessageLaunchAbstract):
    def get_preflight_response(self):
        return self._request

    def render_launch_form(self, launch_data, **_):
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(launch_data[name])}">'
            for name in ("id_token", "state")
        )
        return f'<form method="post" action="{html.escape(launch_data["launch_url"])}">{fields}</form>'


def launched(asked):
    launch = Launch(asked, Platform())
    learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
    launch.set_user_data("learner-7", [learner], full_name="Noé Petit")
    if asked.get("lti_message_hint") == "pick":
        launch.set_dl(f"{URL}/picked", extra_data="of-the-platform")
    else:
        launch.set_resource_link_claim("link-1", title="Un lien")
        launch.set_ags(f"{URL}/lineitems", f"{URL}/lineitems/1")
    return launch.lti_launch()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        if parts.path == "/jwks":
            self.say(200, json.dumps(Platform().get_jwks()))
        elif parts.path in ("/course", "/pick"):
            login = Login(None, Platform())
            login.set_lti_message_hint(hint="link-1" if parts.path == "/course" else "pick")
            self.say(302, "", Location=login.initiate_login("learner-7"))
        elif parts.path == "/auth":
            self.try_to(launched, asked)
        else:
            self.say(200, json.dumps(scores))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        platform = Platform()
        try:
            if self.path in ("/token", "/picked"):
                asked = dict(parse_qsl(body))
                answers = {"/token": platform.get_access_token, "/picked": platform.validate_deeplinking_resp}
                self.try_to(lambda asked: json.dumps(answers[self.path](asked)), asked)
                return
            token = self.headers.get("Authorization", "").partition(" ")[2]
            if not platform.validate_token(token, allowed_scopes=[SCORE]):
                raise LtiException("the token does not allow it")
            scores.append(json.loads(body))
            self.say(200, "{}")
        except LtiException as fault:
            self.say(401, json.dumps({"error": str(fault)}))

    def try_to(self, answer, asked):
        """Whatever the library raises is its refusal."""
        try:
            text = answer(asked)
        except Exception as fault:
            self.say(400, json.dumps({"error": type(fault).__name__}))
            return
        self.say(200, text)

    def say(self, status, text, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json" if text[:1] in "[{" else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Say nothing."""


server = ThreadingHTTPServer(("127.0.0.1", TOLD["port"]), Handler)
print("ready", flush=True)
server.serve_forever()
