"""Another host, on this machine: a TLS server with a certificate of its own authority, and ways that lead to it."""

import datetime
import ssl
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_server, socket
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.outbound.allowed import Allowed
from core.outbound.door import Way

NAME = "hooks.example.org"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Speak = Callable[[Any, bytes], None]


def certificate(folder: Path, name: str = NAME) -> Path:
    """A file with a key and a certificate for `name` that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "host.pem"
    pkcs8 = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@dataclass
class Host:
    """What came in, and where the host listens."""

    port: int
    pem: Path
    requests: list[bytes] = field(default_factory=list)
    callers: int = 0
    closing: bool = False

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}/hook"

    def way(self, **more: Any) -> Way:
        """A way on which the host's name leads to it, and the operator allows it."""
        given: dict[str, Any] = {
            "allowed": Allowed(frozenset({(NAME, self.port)})),
            "resolve": lambda host, port: ["127.0.0.1"],
            "trusted": ssl.create_default_context(cafile=self.pem),
            "seconds": 5.0,
        }
        return Way(**{**given, **more})


@contextmanager
def serving(folder: Path, speak: Speak | None = None, *, name: str = NAME, plain: bool = False) -> Any:
    """A Host that reads a request and lets `speak` answer it; `plain` speaks no TLS."""
    pem = certificate(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with create_server(("127.0.0.1", 0)) as listener:
        host = Host(listener.getsockname()[1], pem)
        thread = threading.Thread(target=_serve, args=(listener, None if plain else context, host, speak), daemon=True)
        thread.start()
        try:
            yield host
        finally:
            host.closing = True
            with socket() as last:
                last.connect(("127.0.0.1", host.port))
            thread.join(10)
            assert not thread.is_alive()


def _serve(listener: socket, context: ssl.SSLContext | None, host: Host, speak: Speak | None) -> None:
    while True:
        caller, _ = listener.accept()
        if host.closing:
            caller.close()
            return
        host.callers += 1
        caller.settimeout(5)
        with suppress(OSError), caller, context.wrap_socket(caller, server_side=True) if context else caller as channel:
            request = _request(channel)
            host.requests.append(request)
            if speak is None:
                channel.sendall(OK)
            else:
                speak(channel, request)


def _request(channel: Any) -> bytes:
    said = b""
    while b"\r\n\r\n" not in said:
        part = channel.recv(65_536)
        if not part:
            return said
        said += part
    head, _, body = said.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += channel.recv(65_536)
    return head + b"\r\n\r\n" + body
