"""Who may do what: one table, and nothing that is not in it.

A request is looked up by its method and path; the first line that fits decides. What is in no line does not exist for
anybody. Lines of the same shape stand with the literal one first, as the routes themselves do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from starlette.routing import compile_path

from agent_console.schemas_campaigns import CampaignSettings
from dialer.domain.people import Role, Scope

API = "/api/v1"
LIVE = "LIVE"  #: the method of a WebSocket

ANYBODY: frozenset[Role] = frozenset(Role)
READERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})
RUNNERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})


#: Of a changed campaign the trail keeps all that was asked for: the difference to the entry before says what changed.
SETTINGS = tuple(CampaignSettings.model_fields)


@dataclass(frozen=True, slots=True)
class Rule:
    """``scope``: what a program's token needs, None where no program may. ``is_open``: no access is needed at all.
    ``creates``: an Idempotency-Key is obeyed. ``noted``: on the audit trail, with these fields of the request. Neither
    for what has its own. ``settling``: allowed while a new password has still to be chosen. ``streams``: its body is
    a file, which the route reads by itself."""

    method: str
    template: str
    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    is_open: bool = False
    creates: bool = False
    noted: bool = False
    fields: tuple[str, ...] = ()
    settling: bool = False
    streams: bool = False

    @property
    def is_page(self) -> bool:
        return self.method == "GET" and not self.template.startswith("/api/") and self.template != "/metrics"


def _get(path: str, roles: frozenset[Role] = READERS, scope: Scope | None = Scope.READ) -> Rule:
    return Rule("GET", API + path, roles, scope)


def _post(path: str, roles: frozenset[Role], scope: Scope | None, *fields: str, creates: bool = False) -> Rule:
    return Rule("POST", API + path, roles, scope, creates=creates, noted=True, fields=fields)


def _new(path: str, roles: frozenset[Role], scope: Scope | None, *fields: str) -> Rule:
    return _post(path, roles, scope, *fields, creates=True)


def _page(path: str, roles: frozenset[Role]) -> Rule:
    return Rule("GET", path, roles)


def _own(method: str, path: str, roles: frozenset[Role] = ANYBODY, *, settling: bool = False) -> Rule:
    """What the account rooms note by themselves, or what is no change of anything that lasts."""
    return Rule(method, API + path, roles, settling=settling)


POLICY: tuple[Rule, ...] = (
    # ------------------------------------------------------------------ open to all
    Rule("GET", "/healthz", is_open=True),
    Rule("GET", "/static/{path:path}", is_open=True),
    Rule("GET", "/sign-in", is_open=True),
    Rule("GET", "/setup", is_open=True),
    Rule("GET", "/wallboard", is_open=True),  # an empty shell: its figures need a session, or a token
    Rule("POST", f"{API}/session", is_open=True),
    Rule("POST", f"{API}/setup", is_open=True),
    # ------------------------------------------------------------------ pages
    _page("/", READERS),
    _page("/attempts", READERS),
    _page("/campaigns", READERS),
    _page("/lists", RUNNERS),
    _page("/payments", RUNNERS),
    _page("/promises", READERS),
    _page("/compliance", READERS),
    _page("/health", READERS),
    _page("/trunks", READERS),
    _page("/funnel", READERS),
    _page("/debtor", READERS),
    _page("/review", READERS),
    _page("/desk", WORKERS),
    _page("/users", ADMINS),
    Rule("GET", "/account", ANYBODY, settling=True),
    # ------------------------------------------------------------------ oneself
    _own("GET", "/me", settling=True),
    _own("PATCH", "/me"),
    _own("PUT", "/me/password", settling=True),
    _own("DELETE", "/session", settling=True),
    # ------------------------------------------------------------------ people
    _own("GET", "/users", ADMINS),
    Rule("POST", f"{API}/users", ADMINS, creates=True),
    _own("GET", "/users/{account_id}", ADMINS),
    _own("PATCH", "/users/{account_id}", ADMINS),
    _own("PUT", "/users/{account_id}/password", ADMINS),
    _own("DELETE", "/users/{account_id}/sessions", ADMINS),
    # ------------------------------------------------------------------ the desk: its calls are in the log of attempts
    _own("GET", "/phone", WORKERS),
    _own("POST", "/phone", WORKERS),
    _own("DELETE", "/phone", WORKERS),
    Rule(LIVE, "/phone/ws", WORKERS),
    _own("GET", "/desk", WORKERS),
    _own("POST", "/desk/sign-in", WORKERS),
    _own("POST", "/desk/sign-out", WORKERS),
    _own("POST", "/desk/disposition", WORKERS),
    _own("PUT", "/desk/draft", WORKERS),
    _own("POST", "/desk/may-call", WORKERS),
    Rule("POST", f"{API}/desk/search", WORKERS, noted=True),  # that somebody searched; not for whom
    Rule("POST", f"{API}/desk/dial", WORKERS, noted=True, fields=("debtor",)),
    Rule("POST", f"{API}/desk/call-back", WORKERS, noted=True, fields=("debtor", "at", "mine")),
    _own("POST", "/desk/{verb}", WORKERS),
    # What is done with the call in hand is in the call's own record; to whom it was brought or given, here as well.
    _own("GET", "/desk/call/targets", WORKERS),
    Rule("POST", f"{API}/desk/call/transfer", WORKERS, noted=True, fields=("call_id", "agent", "number")),
    Rule("POST", f"{API}/desk/call/consult", WORKERS, noted=True, fields=("call_id", "agent", "number")),
    _own("POST", "/desk/call/keypad", WORKERS),
    _own("POST", "/desk/call/announce", WORKERS),
    _own("POST", "/desk/call/{verb}", WORKERS),
    # ------------------------------------------------------------------ what agents need for the debtor on their call
    _get("/campaigns", ANYBODY),
    _get("/campaigns/{name}/debts/{debt}/terms", ANYBODY),
    _get("/debtors/{debtor}/money", ANYBODY),
    Rule("POST", f"{API}/campaigns/{{name}}/promises", WORKERS, Scope.LEDGER, noted=True, fields=("debt", "call_id")),
    _new("/campaigns/{name}/call-backs", WORKERS, Scope.LEDGER, "debtor", "at", "agent"),
    _new("/campaigns/{name}/calls", WORKERS, Scope.RUN, "debtor", "agent"),
    _new("/facts", WORKERS, Scope.LEDGER, "kind", "debtor", "debt"),
    # ------------------------------------------------------------------ campaigns
    _get("/campaign-settings"),
    _get("/campaign-choices"),
    Rule("POST", f"{API}/campaigns", RUNNERS, None, creates=True, noted=True, fields=("name", "settings")),
    _get("/campaigns/{name}/settings"),
    Rule("PUT", f"{API}/campaigns/{{name}}/settings", RUNNERS, None, noted=True, fields=SETTINGS),
    _get("/campaigns/{name}"),
    _get("/campaigns/{name}/backlog"),
    _get("/campaigns/{name}/last-hour"),
    _get("/campaigns/{name}/calibration"),
    _get("/campaigns/{name}/pacing/what-if"),
    _get("/campaigns/{name}/promises"),
    _get("/campaigns/{name}/promises.csv"),
    _get("/campaigns/{name}/funnel"),
    _get("/campaigns/{name}/standings"),
    _get("/campaigns/{name}/pauses"),
    Rule("POST", f"{API}/campaigns/{{name}}/lists", RUNNERS, Scope.LEDGER, noted=True, streams=True),
    Rule("PUT", f"{API}/campaigns/{{name}}/mode", RUNNERS, Scope.RUN, noted=True, fields=("mode", "ratio", "target")),
    Rule("PUT", f"{API}/campaigns/{{name}}/agents/{{agent_id}}/listen", RUNNERS, noted=True, fields=("mode", "phone")),
    Rule("DELETE", f"{API}/campaigns/{{name}}/agents/{{agent_id}}/listen", RUNNERS, noted=True),
    Rule("PUT", f"{API}/campaigns/{{name}}/agents/{{agent_id}}/state", RUNNERS, noted=True, fields=("state", "reason")),
    _post("/campaigns/{name}/agents/{agent_id}/messages", RUNNERS, None),
    _post("/campaigns/{name}/{verb}", RUNNERS, Scope.RUN),
    Rule(LIVE, f"{API}/live", ANYBODY),
    # ------------------------------------------------------------------ the log and what was heard
    _get("/attempts"),
    _get("/attempts/{call_id}"),
    _get("/attempts/{call_id}/recording"),
    _get("/attempts/{call_id}/decision"),
    _get("/amd/reviews"),
    _get("/amd/reviews/{call_id}"),
    _get("/amd/reviews/{call_id}/audio"),
    _get("/amd/report"),
    _get("/amd/models"),
    _post("/amd/reviews/{call_id}", RUNNERS, Scope.LEDGER, "label"),
    # ------------------------------------------------------------------ the ledger
    _get("/facts"),
    _post("/facts/{fact_id}/end", RUNNERS, Scope.LEDGER),
    _get("/overrides"),
    _new("/overrides", RUNNERS, None, "rule", "campaign", "debtor"),  # two people, never a program
    _post("/overrides/{override_id}/approve", RUNNERS, None),
    _post("/overrides/{override_id}/revoke", RUNNERS, None),
    _new("/contacts", RUNNERS, Scope.LEDGER, "campaign", "debtor", "channel"),
    _new("/contacts/recorded", RUNNERS, Scope.LEDGER, "debtor", "channel", "at"),
    _post("/contacts/{call_id}/finish", RUNNERS, Scope.LEDGER, "outcome"),
    _post("/contacts/{call_id}/release", RUNNERS, Scope.LEDGER),
    _new("/payments", RUNNERS, Scope.LEDGER, "origin"),
    Rule("POST", f"{API}/payments/files", RUNNERS, Scope.LEDGER, noted=True, streams=True),
    _get("/wallboard", READERS, Scope.WALLBOARD),
    _get("/health"),
    _get("/health/checks"),
    _get("/trunks"),
    _get("/uploads", RUNNERS, Scope.LEDGER),
    _get("/uploads/{upload_id}", RUNNERS, Scope.LEDGER),
    _get("/uploads/{upload_id}/look", RUNNERS, Scope.LEDGER),
    _post("/uploads/{upload_id}/check", RUNNERS, Scope.LEDGER),
    _post("/uploads/{upload_id}/import", RUNNERS, Scope.LEDGER, "origin"),
    _post("/uploads/{upload_id}/discard", RUNNERS, Scope.LEDGER),
    _get("/uploads/{upload_id}/rejected", RUNNERS, Scope.LEDGER),
    # ------------------------------------------------------------------ rules and the trail
    _get("/debtors/{debtor}"),
    _get("/debtors/{debtor}/compliance"),
    _get("/debtors/{debtor_id}/file"),
    _get("/compliance/packs"),
    Rule("POST", f"{API}/compliance/whatif", READERS, Scope.READ),  # a question, however long
    _get("/compliance/verify"),
    _get("/compliance/incidents"),
    _post("/compliance/incidents/{incident_id}/resolve", RUNNERS, None),
    _get("/compliance/holds"),
    _new("/compliance/holds", RUNNERS, None, "debtor"),
    _post("/compliance/holds/lift", RUNNERS, None, "debtor"),
    _get("/compliance/purge"),
    _post("/debtors/{debtor_id}/erase", ADMINS, None),
    # ------------------------------------------------------------------ for programs
    _get("/openapi.json", ANYBODY),
    Rule("GET", "/metrics", ADMINS, Scope.METRICS),
)

_COMPILED = tuple((rule, compile_path(rule.template)[0]) for rule in POLICY)


@lru_cache(maxsize=4096)
def rule_for(method: str, path: str) -> Rule | None:
    """The line for a request, None where there is none."""
    wanted = "GET" if method == "HEAD" else method
    return next((rule for rule, shape in _COMPILED if rule.method == wanted and shape.match(path)), None)


def methods_of(path: str) -> tuple[str, ...]:
    """What may be asked of ``path`` at all."""
    return tuple(sorted({rule.method for rule, shape in _COMPILED if rule.method != LIVE and shape.match(path)}))


def holes(template: str) -> frozenset[str]:
    """The names of a template's parameters."""
    return frozenset(re.findall(r"\{(\w+)", template))


def home_of(role: Role) -> str:
    """The page that a person sees first."""
    return "/desk" if role is Role.AGENT else "/"


def pages_of(role: Role, rules: Iterable[Rule] = POLICY) -> tuple[str, ...]:
    """The pages that a role may open: what the navigation shows."""
    return tuple(rule.template for rule in rules if rule.is_page and role in rule.roles)


def parameters(rule: Rule, path: str) -> dict[str, str]:
    """What stands in ``path`` for the template's parameters."""
    found = compile_path(rule.template)[0].match(path)
    return dict(found.groupdict()) if found else {}
