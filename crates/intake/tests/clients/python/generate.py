"""Writes what the CloudEvents SDK for Python sends. See ../README.md."""

import json
import pathlib
import socket
import threading
from datetime import datetime
from importlib.metadata import version

import requests

VERSION = version("cloudevents")
HERE = pathlib.Path(__file__).parent
OUT = HERE.parent / f"python-{VERSION}"
PORT = 18614
IS_2 = VERSION.startswith("2.")


def data_of(case):
    text = json.dumps(case["data"], ensure_ascii=False)
    return {"object": case["data"], "bytes": text.encode(), "text": text}[case["form"]]


def capture(name, send):
    """The bytes of one request, as they come over a socket."""
    listener = socket.create_server(("127.0.0.1", PORT))
    got = []

    def serve():
        peer, _ = listener.accept()
        with peer:
            raw = b""
            while True:
                raw += peer.recv(65536)
                head, _, body = raw.partition(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                length = next((int(l.split(b":")[1]) for l in lines if l.startswith(b"content-length:")), 0)
                if b"\r\n\r\n" in raw and len(body) >= length:
                    break
            got.append(raw)
            peer.sendall(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        send(f"http://127.0.0.1:{PORT}/v1/events")
        thread.join(5)
        (OUT / f"{name}.http").write_bytes(got[0])
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
        socket.create_connection(("127.0.0.1", PORT)).sendall(b"X\r\n\r\n")
        thread.join(5)
    finally:
        listener.close()


def keep(name, headers, value):
    if isinstance(value, str):
        value = value.encode()
    lines = [key.encode() + b": " + (text if isinstance(text, bytes) else text.encode()) for key, text in headers.items()]
    (OUT / f"{name}.kafka").write_bytes(b"\n".join(lines) + b"\n\n" + value)


def post(headers, body):
    return lambda url: requests.post(url, headers=headers, data=body, timeout=5)


def version_1(case):
    from cloudevents import http, kafka

    event = http.CloudEvent(case["attributes"], data_of(case))
    name = case["name"]
    for mode, convert in (("binary", kafka.to_binary), ("structured", kafka.to_structured)):
        try:
            message = convert(event)
            keep(f"kafka-{mode}-{name}", message.headers, message.value)
        except Exception as error:
            print(f"kafka-{mode}-{name}: {type(error).__name__}: {error}")
    for mode, convert in (("binary", http.to_binary), ("structured", http.to_structured)):
        try:
            capture(f"http-{mode}-{name}", post(*convert(event)))
        except Exception as error:
            print(f"http-{mode}-{name}: {type(error).__name__}: {error}")


def version_2(case):
    from cloudevents.core.bindings import http, kafka
    from cloudevents.core.formats.json import JSONFormat
    from cloudevents.core.v1.event import CloudEvent

    attributes = dict(case["attributes"])
    if "time" in attributes:
        attributes["time"] = datetime.fromisoformat(attributes["time"])
    name = case["name"]
    event = CloudEvent(attributes, data_of(case))
    for mode in ("binary", "structured"):
        message = getattr(kafka, f"to_{mode}")(event, JSONFormat())
        keep(f"kafka-{mode}-{name}", message.headers, message.value)
        message = getattr(http, f"to_{mode}")(event, JSONFormat())
        capture(f"http-{mode}-{name}", post(message.headers, message.body))


OUT.mkdir(exist_ok=True)
for each in json.loads((HERE.parent / "cases.json").read_text()):
    (version_2 if IS_2 else version_1)(each)
