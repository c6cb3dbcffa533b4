"""The one shell of every page: what is in it, and who sees what, is up to the scripts and the API."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

STATIC = Path(__file__).parent / "static"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get("/attempts")
@router.get("/desk")
@router.get("/campaigns")
@router.get("/lists")
@router.get("/payments")
@router.get("/promises")
@router.get("/compliance")
@router.get("/health")
@router.get("/trunks")
@router.get("/wallboard")
@router.get("/funnel")
@router.get("/debtor")
@router.get("/review")
@router.get("/users")
@router.get("/account")
@router.get("/sign-in")
@router.get("/setup")
async def shell() -> FileResponse:
    return FileResponse(STATIC / "shell.html", media_type="text/html; charset=utf-8")
