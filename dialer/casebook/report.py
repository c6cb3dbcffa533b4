"""What a person reads of a run, and what a program does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape

from dialer.casebook.cases import CaseFile, CaseResult

Language = Literal["es", "en"]

_WORDS = {
    "es": {
        "pass": "pasa", "fail": "FALLA", "expected": "esperado", "got": "obtenido", "error": "error",
        "differs": "difiere en", "ignored": "no se entendió, y no contó", "note": "Nota",
        "total": "{passed} de {total} casos pasan ({seconds:.1f} s; {kinds}).",
    },
    "en": {
        "pass": "pass", "fail": "FAIL", "expected": "expected", "got": "got", "error": "error",
        "differs": "differs in", "ignored": "not understood, and did not count", "note": "Note",
        "total": "{passed} of {total} cases pass ({seconds:.1f} s; {kinds}).",
    },
}  # fmt: skip


def as_json(file: CaseFile, results: Sequence[CaseResult], seconds: float) -> dict[str, Any]:
    """Plain data: one entry a case, then the totals."""
    return {
        "file": file.path,
        "notes": list(file.remarks),
        "cases": [
            {
                "id": each.id,
                "type": each.type,
                "title": each.title,
                "pass": each.passed,
                "got": each.got,
                "expected": each.expected,
                "differs": list(each.differs),
                "ignored": list(each.ignored),
                "error": each.error or None,
            }
            for each in results
        ],
        "totals": {
            "cases": len(results),
            "passed": sum(each.passed for each in results),
            "failed": sum(not each.passed for each in results),
            "errors": sum(bool(each.error) for each in results),
            "seconds": round(seconds, 3),
            "by_type": {kind: _count(results, kind) for kind in sorted({each.type for each in results})},
        },
    }


def _count(results: Sequence[CaseResult], kind: str) -> dict[str, int]:
    of_kind = [each for each in results if each.type == kind]
    return {"cases": len(of_kind), "passed": sum(each.passed for each in of_kind)}


def show(out: Console, file: CaseFile, results: Sequence[CaseResult], seconds: float, language: Language) -> None:
    """A line a case; of one that fails, what was expected and what was got."""
    words = _WORDS[language]
    for remark in file.remarks:
        out.print(f"{words['note']}: {escape(remark)}", soft_wrap=True)
    width = max((len(each.id) for each in results), default=4)
    for each in results:
        mark = f"[green]{words['pass']}[/]" if each.passed else f"[bold red]{words['fail']}[/]"
        got = _one_line(each.got) if not each.error else ""
        out.print(f"{escape(each.id):<{width}}  {mark}  {escape(each.title)}", soft_wrap=True)
        if got:
            out.print(f"{'':<{width}}  {words['got']}: {escape(got)}", soft_wrap=True)
        if not each.passed:
            if each.expected is not None:
                expected = escape(_one_line(each.expected))
                out.print(f"{'':<{width}}  {words['expected']}: {expected}", soft_wrap=True)
            if each.differs:
                out.print(f"{'':<{width}}  {words['differs']}: {escape(', '.join(each.differs))}", soft_wrap=True)
            if each.error:
                out.print(f"{'':<{width}}  {words['error']}: {escape(each.error)}", soft_wrap=True)
        if each.ignored:
            out.print(f"{'':<{width}}  {words['ignored']}: {escape(', '.join(each.ignored))}", soft_wrap=True)
    kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(each.type for each in results).items())
    passed = sum(each.passed for each in results)
    out.print(words["total"].format(passed=passed, total=len(results), seconds=seconds, kinds=kinds), soft_wrap=True)


def _one_line(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_one_line(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(each, Mapping) for each in value):
            return " | ".join(_one_line(each) for each in value)
        return "[" + ", ".join(map(_one_line, value)) + "]"
    return str(value)
