// Signs or verifies one message with the npm library `standardwebhooks`: see official.py.

const { Webhook } = require("standardwebhooks");

const message = JSON.parse(require("fs").readFileSync(0, "utf8"));
const webhook = new Webhook(message.secret);
if (message.act === "sign") {
  console.log(webhook.sign(message.id, new Date(message.timestamp * 1000), message.body));
} else {
  const headers = {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.timestamp),
    "webhook-signature": message.signature,
  };
  try {
    webhook.verify(message.body, headers);
    console.log("ok");
  } catch (error) {
    if (error.name !== "WebhookVerificationError" && error.constructor.name !== "WebhookVerificationError") throw error;
    console.log("refused");
  }
}
