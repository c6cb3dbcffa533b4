"""Errors on the wire: RFC 9457 problem details with the stable codes of dialer.errors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from dialer.errors import (
    AccessDenied,
    AccountExists,
    BodyTooLarge,
    CadenciaError,
    Changed,
    CommandRefused,
    CommandUnanswered,
    ComplianceError,
    DiskFull,
    ErasureRefused,
    ForgeryRefused,
    InputError,
    KeyInUse,
    KeyReused,
    LastAdmin,
    NoAgentId,
    NoBrowserPhones,
    NotConfirmed,
    NotSignedIn,
    NotYourDebtor,
    PasswordChangeNeeded,
    PromiseRefused,
    RecordingMissing,
    RoleForbids,
    SamePerson,
    SettingsRefused,
    SetupClosed,
    SignInRefused,
    SpeakerDiffers,
    SpeakerMissing,
    StoreError,
    TelephonyError,
    TookTooLong,
    TooManyTries,
    UnknownAccount,
    UnknownAttempt,
    UnknownCampaign,
    UnknownDebt,
    UnknownDebtor,
    UnknownUpload,
    UploadBusy,
)

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

# The first class that fits decides, so the special ones stand before their parents.
STATUS_OF: tuple[tuple[type[CadenciaError], HTTPStatus], ...] = (
    (AccessDenied, HTTPStatus.UNAUTHORIZED),
    (SignInRefused, HTTPStatus.UNAUTHORIZED),
    (TooManyTries, HTTPStatus.TOO_MANY_REQUESTS),
    (RoleForbids, HTTPStatus.FORBIDDEN),
    (PasswordChangeNeeded, HTTPStatus.FORBIDDEN),
    (NotYourDebtor, HTTPStatus.FORBIDDEN),
    (SetupClosed, HTTPStatus.FORBIDDEN),
    (ForgeryRefused, HTTPStatus.FORBIDDEN),
    (BodyTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (Changed, HTTPStatus.PRECONDITION_FAILED),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (KeyInUse, HTTPStatus.CONFLICT),
    (NoAgentId, HTTPStatus.CONFLICT),
    (UnknownAccount, HTTPStatus.NOT_FOUND),
    (UnknownUpload, HTTPStatus.NOT_FOUND),
    (UploadBusy, HTTPStatus.CONFLICT),
    (DiskFull, HTTPStatus.INSUFFICIENT_STORAGE),
    (AccountExists, HTTPStatus.CONFLICT),
    (LastAdmin, HTTPStatus.CONFLICT),
    (UnknownCampaign, HTTPStatus.NOT_FOUND),
    (UnknownDebtor, HTTPStatus.NOT_FOUND),
    (UnknownDebt, HTTPStatus.NOT_FOUND),
    (UnknownAttempt, HTTPStatus.NOT_FOUND),
    (RecordingMissing, HTTPStatus.NOT_FOUND),
    (NotSignedIn, HTTPStatus.CONFLICT),
    (NoBrowserPhones, HTTPStatus.CONFLICT),
    (SamePerson, HTTPStatus.CONFLICT),
    (SpeakerDiffers, HTTPStatus.CONFLICT),
    (ErasureRefused, HTTPStatus.CONFLICT),
    (SpeakerMissing, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotConfirmed, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ComplianceError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TookTooLong, HTTPStatus.SERVICE_UNAVAILABLE),
    (CommandRefused, HTTPStatus.CONFLICT),
    (CommandUnanswered, HTTPStatus.GATEWAY_TIMEOUT),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
    (TelephonyError, HTTPStatus.SERVICE_UNAVAILABLE),
)


#: What the engine refuses for another reason than its own state.
STATUS_OF_REFUSAL = {
    "unknown-debtor": HTTPStatus.NOT_FOUND,
    "unknown-campaign": HTTPStatus.NOT_FOUND,
    "invalid-input": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid-command": HTTPStatus.UNPROCESSABLE_ENTITY,
}


def problem(status: HTTPStatus, code: str, detail: str, **extra: object) -> JSONResponse:
    """``code`` is stable and part of the API; ``title`` and ``detail`` are for people and may change."""
    body = {
        "type": f"urn:cadencia:problem:{code}",
        "title": status.phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        **extra,
    }
    return JSONResponse(body, status_code=int(status), media_type=MEDIA_TYPE)


def from_error(error: CadenciaError) -> JSONResponse:
    status = next((s for kind, s in STATUS_OF if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    if isinstance(error, TooManyTries):
        answer = problem(status, error.code, error.message)
        answer.headers["retry-after"] = str(error.details.get("retry_after_s", 1))
        return answer
    if isinstance(error, PromiseRefused | SettingsRefused):
        return problem(status, error.code, error.message, **error.details)
    if not isinstance(error, CommandRefused):
        return problem(status, error.code, error.message)
    code = str(error.details.get("code") or error.code)
    more = {name: value for name, value in error.details.items() if name != "code"}
    return problem(STATUS_OF_REFUSAL.get(code, status), code, error.message, **more)


def _limit(context: Mapping[str, object]) -> int | float | None:
    """The bound that a value broke, where it broke one: for a page that says so in its own words."""
    found = [context[name] for name in ("ge", "gt", "le", "lt", "min_length", "max_length") if name in context]
    return found[0] if found and isinstance(found[0], int | float) else None


def install(app: FastAPI) -> None:
    @app.exception_handler(CadenciaError)
    async def on_known(request: Request, exc: CadenciaError) -> Response:
        response = from_error(exc)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("console.request_failed", path=request.url.path, code=exc.code)
        return response

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, exc: RequestValidationError) -> Response:
        # Only where and why: the rejected value itself may be personal.
        fields = [
            {
                "field": ".".join(str(part) for part in e["loc"][1:]),
                "message": e["msg"],
                "kind": e["type"],
                "limit": _limit(e.get("ctx", {})),
            }
            for e in exc.errors()
        ]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-input", "A field is missing or wrong.", fields=fields)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, exc: HTTPException) -> Response:
        status = HTTPStatus(exc.status_code)
        response = problem(status, status.phrase.lower().replace(" ", "-"), str(exc.detail))
        response.headers.update(exc.headers or {})
        return response
