"""lti-consumer-xblock, Open edX's own platform role, without Open edX around it: it launches by LTI 1.3 and 1.1,
gives a token, takes scores and outcomes.

The file is run by the peer's own Python. One JSON object in the environment (PEER): port, client, launch, redirect,
login, jwks, key (PEM), old (address, key, secret, custom of LTI 1.1). It says "ready" when it listens; ``GET /scores``
and ``GET /outcomes`` show what came. ``/pick`` begins a selection.
"""

import html
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of the peer",  # noqa: S106 it keeps nothing
    PLATFORM_NAME="Open edX",
    LMS_ROOT_URL="http://localhost",
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "lti_consumer"],
    USE_TZ=True,
)
django.setup()

from lti_consumer.data import Lti1p3LaunchData  # noqa: E402
from lti_consumer.lti_1p1.consumer import LtiConsumer1p1  # noqa: E402
from lti_consumer.lti_1p1.oauth import verify_oauth_body_signature  # noqa: E402
from lti_consumer.lti_1p3.consumer import LtiAdvantageConsumer  # noqa: E402
from lti_consumer.utils import get_data_from_cache  # noqa: E402
from webob import Request  # noqa: E402

TOLD = json.loads(os.environ["PEER"])
URL = f"http://localhost:{TOLD['port']}"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
scores, bodies = [], []


def consumer():
    one = LtiAdvantageConsumer(
        iss=URL,
        lti_oidc_url=TOLD["login"],
        lti_launch_url=TOLD["launch"],
        client_id=TOLD["client"],
        deployment_id="1",
        rsa_key=TOLD["key"],
        rsa_key_id="peer-1",
        redirect_uris=[TOLD["redirect"]],
        tool_keyset_url=TOLD["jwks"],
    )
    one.enable_deep_linking(TOLD["launch"], f"{URL}/picked")
    return one


def form(action, fields):
    told = "".join(f'<input type="hidden" name="{name}" value="{html.escape(fields[name])}">' for name in fields)
    return f'<form method="post" action="{html.escape(action)}">{told}</form>'


def launched(asked):
    # As the package's own view does before it asks for the message.
    if not get_data_from_cache(asked.get("lti_message_hint")):
        raise LookupError("no launch data")
    one = consumer()
    one.set_user_data(user_id="learner-7", role="student", full_name="Noé Petit")
    one.set_resource_link_claim("link-1", title="Un lien")
    one.enable_ags(f"{URL}/lineitems", f"{URL}/lineitems/1")
    return form(asked["redirect_uri"], one.generate_launch_request(asked))


def launched_old():
    old = TOLD["old"]
    one = LtiConsumer1p1(old["url"], old["key"], old["secret"])
    one.set_user_data("learner-7", "Student", "course:link:7", person_name_full="Noé Petit")
    one.set_context_data("course", "Un cours", "C1")
    one.set_outcome_service_url(f"{URL}/outcomes")
    one.set_custom_parameters(old["custom"])
    return form(old["url"], one.generate_launch_request("link-1"))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path == "/jwks":
            self.say(200, json.dumps(consumer().get_public_keyset()))
        elif parts.path in ("/course", "/pick"):
            kind = "LtiResourceLinkRequest" if parts.path == "/course" else "LtiDeepLinkingRequest"
            known = {"user_id": "learner-7", "user_role": "student", "config_id": "c", "resource_link_id": "link-1"}
            data = Lti1p3LaunchData(**known, message_type=kind)
            self.say(302, "", Location=consumer().prepare_preflight_url(data))
        elif parts.path == "/auth":
            self.try_to(launched, dict(parse_qsl(parts.query)))
        elif parts.path == "/old":
            self.say(200, launched_old())
        elif parts.path == "/outcomes":
            self.say(200, json.dumps(bodies))
        else:
            self.say(200, json.dumps(scores))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = dict(parse_qsl(body.decode())) if self.path in ("/token", "/picked") else {}
        if self.path == "/token":
            self.try_to(lambda told: json.dumps(consumer().access_token(told)), asked)
        elif self.path == "/picked":
            self.try_to(lambda told: json.dumps(consumer().check_and_decode_deep_linking_token(told["JWT"])), asked)
        elif self.path == "/outcomes":
            request = Request.blank(f"{URL}/outcomes", method="POST", body=body, headers=dict(self.headers))
            verify_oauth_body_signature(request, TOLD["old"]["secret"], f"{URL}/outcomes")
            bodies.append(body.decode())
            self.say(200, SUCCESS)
        else:
            token = self.headers.get("Authorization", "").partition(" ")[2]
            if consumer().check_token(token, [SCORE]):
                scores.append(json.loads(body))
            self.say(200, "{}")

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


SUCCESS = """<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"><imsx_POXHeader>
<imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>1</imsx_messageIdentifier>
<imsx_statusInfo><imsx_codeMajor>success</imsx_codeMajor><imsx_severity>status</imsx_severity></imsx_statusInfo>
</imsx_POXResponseHeaderInfo></imsx_POXHeader><imsx_POXBody><replaceResultResponse/></imsx_POXBody>
</imsx_POXEnvelopeResponse>"""

server = ThreadingHTTPServer(("127.0.0.1", TOLD["port"]), Handler)
print("ready", flush=True)
server.serve_forever()
