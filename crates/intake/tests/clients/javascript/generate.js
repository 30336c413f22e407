// Writes what the CloudEvents SDK for JavaScript sends. See ../README.md.
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const { CloudEvent, HTTP, Kafka, httpTransport, emitterFor, Mode } = require("cloudevents");

const VERSION = JSON.parse(fs.readFileSync(require.resolve("cloudevents/package.json"))).version;
const OUT = path.join(__dirname, "..", `javascript-${VERSION}`);
const PORT = 18615;

const dataOf = ({ form, data }) => {
  const text = JSON.stringify(data);
  return { object: data, bytes: Buffer.from(text), text }[form];
};

/** The bytes of one request, as they come over a socket. */
const capture = (name, send) =>
  new Promise((resolve) => {
    let raw = Buffer.alloc(0);
    const server = net.createServer((peer) => {
      peer.on("data", (part) => {
        raw = Buffer.concat([raw, part]);
        const text = raw.toString("latin1");
        const at = text.indexOf("\r\n\r\n");
        if (at < 0) return;
        const head = text.slice(0, at).toLowerCase();
        const length = /content-length: (\d+)/.exec(head);
        const isWhole = length ? raw.length - at - 4 >= Number(length[1]) : text.endsWith("0\r\n\r\n");
        if (isWhole) peer.end("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      });
    });
    const done = (error) => {
      if (error) console.log(`${name}: ${error.name}: ${error.message}`);
      else fs.writeFileSync(path.join(OUT, `${name}.http`), raw);
      server.close(resolve);
    };
    server.listen(PORT, "127.0.0.1", () => {
      try {
        send(`http://127.0.0.1:${PORT}/v1/events`).then(() => done(), done);
      } catch (error) {
        done(error);
      }
    });
  });

const keep = (name, message) => {
  // What is undefined goes out as a header without a value.
  const lines = Object.entries(message.headers).map(([key, value]) => `${key}: ${value ?? ""}`);
  const { value } = message;
  // A Kafka client takes bytes or text: an object is written by who sends it.
  const bytes = Buffer.isBuffer(value) || typeof value === "string" ? Buffer.from(value) : Buffer.from(JSON.stringify(value));
  fs.writeFileSync(path.join(OUT, `${name}.kafka`), Buffer.concat([Buffer.from(`${lines.join("\n")}\n\n`), bytes]));
};

const attempt = (name, act) => {
  try {
    return act();
  } catch (error) {
    console.log(`${name}: ${error.name}: ${error.message}`);
  }
};

(async () => {
  fs.mkdirSync(OUT, { recursive: true });
  const cases = JSON.parse(fs.readFileSync(path.join(__dirname, "..", "cases.json")));
  const events = [];
  for (const each of cases) {
    const event = new CloudEvent({ ...each.attributes, data: dataOf(each) });
    if (each.form === "object") events.push(event);
    for (const mode of ["binary", "structured"]) {
      const kafka = `kafka-${mode}-${each.name}`;
      attempt(kafka, () => keep(kafka, Kafka[mode](event)));
      await capture(`http-${mode}-${each.name}`, (url) =>
        emitterFor(httpTransport(url), { mode: mode === "binary" ? Mode.BINARY : Mode.STRUCTURED })(event));
    }
  }
  // The SDK makes no batches: a list of its events, with the content type of a batch.
  await capture("http-batch-objects", (url) =>
    httpTransport(url)({ headers: { "content-type": "application/cloudevents-batch+json" }, body: JSON.stringify(events) }));
})();
