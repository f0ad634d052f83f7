"""Verifies a webhook with the standard's own library: SECRET ID TIMESTAMP SIGNATURE < body.

Exits with 0 where it is genuine and with 1 where it is not.
"""

import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

secret, webhook_id, timestamp, signature = sys.argv[1:]
headers = {
    "webhook-id": webhook_id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signature,
}
try:
    payload = Webhook(secret).verify(sys.stdin.buffer.read().decode("utf-8"), headers)
except WebhookVerificationError as refusal:
    print("refused:", refusal)
    sys.exit(1)
print("genuine:", payload["type"])
