"""How to serve the console with uvicorn, and what to print so that a person can get in."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI


def new_secret() -> str:
    """A fresh access token or signing key: 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def start_url(host: str, port: int, access_token: str) -> str:
    """The address to open first. It holds the secret: print it to the terminal, never to a log."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/?{urlencode({'token': access_token})}"


def server_config(app: FastAPI, *, host: str = "127.0.0.1", port: int = 8080) -> uvicorn.Config:
    """Loopback by default. No access log: addresses hold the access token and parts of phone numbers."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        ws_max_size=4096,  # browsers only listen
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        timeout_graceful_shutdown=5,
        limit_concurrency=1000,
    )
