"""moto as a store that speaks S3, on a free port of this machine, which is printed. It ends when standard input does.

moto alone believes every signed URL. Here botocore, which signs for the official clients, says what the signature
should be, and what is signed wrongly, by an unknown key or at another time is refused in the words of S3. Requests with
the header `x-of-the-test` are the test's own and need no signature.
"""

import datetime
import os
import sys
import threading
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

ACCESS_KEY, SECRET_KEY, REGION = "SANZAOSNAPSHOTSTESTS", "a/secret+of the=tests", "cn-east-3"
SKEW = datetime.timedelta(minutes=15)


def refusal(environ):
    """Code and message of why a request is not believed; nothing if it is."""
    query = environ.get("QUERY_STRING", "")
    signed = dict(parse_qsl(query, keep_blank_values=True))
    if "X-Amz-Signature" not in signed:
        return "AccessDenied", "Access Denied"
    key, day, region, service, end = signed["X-Amz-Credential"].split("/")
    if key != ACCESS_KEY:
        return "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
    if (region, service, end) != (REGION, "s3", "aws4_request"):
        return "AuthorizationQueryParametersError", f"the region {region!r} is wrong; expecting {REGION!r}"
    moment = datetime.datetime.strptime(signed["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    if moment > now + SKEW:
        return "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
    if now > moment + datetime.timedelta(seconds=int(signed["X-Amz-Expires"])):
        return "AccessDenied", "Request has expired"
    unsigned = "&".join(pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature="))
    headers = {name: environ["HTTP_" + name.upper().replace("-", "_")] for name in signed["X-Amz-SignedHeaders"].split(";")}
    # RAW_URI is the path before anything decoded it.
    path = environ["RAW_URI"].partition("?")[0]
    url = f"http://{environ['HTTP_HOST']}{path}?{unsigned}"
    request = AWSRequest(method=environ["REQUEST_METHOD"], url=url, headers=headers)
    request.context["timestamp"] = signed["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION)
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if not day == signed["X-Amz-Date"][:8] or expected != signed["X-Amz-Signature"]:
        return "SignatureDoesNotMatch", "The request signature we calculated does not match the one you provided."
    return None


class Checked:
    """The application behind a look at the signature."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        if "HTTP_X_OF_THE_TEST" in environ:
            # moto shows objects to nobody without one.
            scope = f"{ACCESS_KEY}/20260101/us-east-1/s3/aws4_request"
            environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
            return self.application(environ, start_response)
        refused = refusal(environ)
        if refused is None:
            return self.application(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = f'<?xml version="1.0"?><Error><Code>{refused[0]}</Code><Message>{refused[1]}</Message></Error>'.encode()
        start_response("403 Forbidden", [("content-type", "application/xml"), ("content-length", str(len(body)))])
        return [body]


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def main():
    application = Checked(create_backend_app("s3"))
    tls = tuple(sys.argv[1:3]) or None
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet, ssl_context=tls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.port, flush=True)
    sys.stdin.read()
    os._exit(0)


main()
