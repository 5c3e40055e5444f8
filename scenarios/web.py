"""`python -m scenarios.web DESCRIPTOR`: the web server of the demo, on a socket that is bound already."""

import socket
import sys

import uvicorn

# A person's page talks in small messages; nobody needs more.
MESSAGE_BYTES = 65_536


def main(descriptor: int) -> None:
    """Serve until told to stop."""
    config = uvicorn.Config(
        "config.asgi:application",
        # Sign-in links are paths: a log of requests would be a list of keys.
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        ws_max_size=MESSAGE_BYTES,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
