"""How to serve the console with uvicorn, and what to print so that a person can get in."""

from __future__ import annotations

import secrets

import uvicorn
from fastapi import FastAPI

from agent_console.api.phone import LONGEST_MESSAGE


def new_secret() -> str:
    """A fresh token or signing key: 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def console_url(host: str, port: int, path: str = "/") -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}{path}"


def setup_url(host: str, port: int, setup_token: str) -> str:
    """Where the first administrator is made. The secret stands behind the ``#``, which browsers send to nobody."""
    return console_url(host, port, f"/setup#{setup_token}")


def server_config(
    app: FastAPI, *, host: str = "127.0.0.1", port: int = 8080, trusted_proxies: str = "127.0.0.1"
) -> uvicorn.Config:
    """Loopback by default. No access log: addresses hold parts of phone numbers. ``trusted_proxies``, comma-separated,
    are believed about where a request came from and whether over TLS."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=trusted_proxies,
        ws_max_size=LONGEST_MESSAGE,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        timeout_graceful_shutdown=5,
        limit_concurrency=1000,
    )
