"""Signs or verifies one message with the PyPI library `standardwebhooks`.

Reads from standard input {"act", "secret", "id", "timestamp", "body", "signature"} in JSON, prints the signature, or
"ok" or "refused".
"""

import datetime
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

message = json.load(sys.stdin)
webhook = Webhook(message["secret"])
if message["act"] == "sign":
    at = datetime.datetime.fromtimestamp(message["timestamp"], tz=datetime.timezone.utc)
    print(webhook.sign(msg_id=message["id"], timestamp=at, data=message["body"]))
else:
    headers = {
        "webhook-id": message["id"],
        "webhook-timestamp": str(message["timestamp"]),
        "webhook-signature": message["signature"],
    }
    try:
        webhook.verify(message["body"].encode(), headers, json_parse=False)
        print("ok")
    except WebhookVerificationError:
        print("refused")
