"""The HTML that the server writes itself: one shell for every page, and the page for those without access."""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

STATIC = Path(__file__).parent / "static"

_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f4f6f8;color:#17212b}
main{max-width:34rem;margin:1rem;padding:2rem;border-radius:14px;background:#fff;box-shadow:0 1px 3px #0002}
h1{margin:0 0 .25rem;font-size:1.3rem}p{margin:.25rem 0 1rem}code{font-size:.9em}[lang=en]{opacity:.75}
@media(prefers-color-scheme:dark){body{background:#10161d;color:#dfe6ee}main{background:#18212b}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_SIGN_IN = """<!doctype html>
<html lang="es"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Cadencia</title><style>{style}</style></head>
<body><main>
<h1>{title_es}</h1>
<p>Abra la dirección completa que <code>cadencia</code> mostró al arrancar; termina en <code>?token=…</code></p>
<div lang="en"><h1>{title_en}</h1>
<p>Open the whole address that <code>cadencia</code> printed when it started; it ends in <code>?token=…</code></p></div>
</main></body></html>
"""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def sign_in_page(*, wrong_token: bool = False) -> HTMLResponse:
    titles = (
        ("Esta clave de acceso no sirve", "This access token is not valid")
        if wrong_token
        else ("Cadencia necesita su clave de acceso", "Cadencia needs its access token")
    )
    html = _SIGN_IN.format(style=_STYLE, title_es=titles[0], title_en=titles[1])
    response = HTMLResponse(html, status_code=HTTPStatus.UNAUTHORIZED)
    response.headers["content-security-policy"] = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return response


router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get("/attempts")
@router.get("/desk")
@router.get("/funnel")
@router.get("/debtor")
@router.get("/review")
async def shell() -> FileResponse:
    return FileResponse(STATIC / "shell.html", media_type="text/html; charset=utf-8")
