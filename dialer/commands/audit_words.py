"""What the commands of the audit trail say, in Spanish and English. Ids of incidents and rules are the same in both."""

from __future__ import annotations

from collections.abc import Mapping

AUDIT_WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "checked": "{records} registros ({erased} borrados o depurados) bajo {checkpoints} puntos de control; "
        "{waiting} aún sin encadenar.",
        "wrong": "MAL",
        "holds": "El registro está íntegro.",
        "broken": "El registro no está íntegro.",
        "exported": "{file} está escrito. Quien lo reciba puede comprobarlo solo con dialer/audit/verifier.py.",
        "incidents": "Abiertos: {many}.",
        "no_incident": "No hay ninguno abierto.",
        "released": "liberada",
        "differ": "{day}: diferencias entre el registro y la central: {many}.",
        "agree": "{day}: el registro y la central coinciden.",
        "would_purge": "Se depurarían {recordings} grabaciones, {calls} llamadas y {records} registros de auditoría.",
        "purged": "Depurados: {recordings} grabaciones, {calls} llamadas y {records} registros de auditoría.",
        "everybody": "todos los deudores",
        "debtor": "el deudor {debtor}",
        "held": "Retención legal puesta sobre {whom}: nada suyo se borrará.",
        "lifted": "Retención legal levantada: {whom}.",
        "erased": "Borrados: {recordings} grabaciones, {calls} llamadas y {records} registros de auditoría.",
        "kept": "Se conservan {count} de la clase {cls}, por {rules}.",
        "kept_until": "Se conservan {count} de la clase {cls} hasta el {until}, por {rules}.",
        "identity": "Nombre, documento, números y deudas están borrados.",
        "identity_stays": "La identidad queda mientras deban quedar esos registros. Repita el borrado después.",
    },
    "en": {
        "checked": "{records} records ({erased} erased or purged) under {checkpoints} checkpoints, "
        "{waiting} not chained yet.",
        "wrong": "WRONG",
        "holds": "The trail holds.",
        "broken": "The trail does not hold.",
        "exported": "{file} is written. Whoever gets it can check it with dialer/audit/verifier.py alone.",
        "incidents": "{many} open.",
        "no_incident": "None is open.",
        "released": "released",
        "differ": "{day}: {many} do not add up.",
        "agree": "{day}: log and switch agree.",
        "would_purge": "{recordings} recordings, {calls} calls and {records} records of the trail would go.",
        "purged": "{recordings} recordings, {calls} calls and {records} records of the trail are gone.",
        "everybody": "everybody",
        "debtor": "debtor {debtor}",
        "held": "The legal hold on {whom} is placed: nothing of theirs is deleted.",
        "lifted": "The legal hold on {whom} is lifted.",
        "erased": "Erased: {recordings} recordings, {calls} calls, {records} records of the trail.",
        "kept": "Kept: {count} of class {cls}, by {rules}.",
        "kept_until": "Kept: {count} of class {cls}, by {rules} until {until}.",
        "identity": "Name, document, numbers and debts are erased.",
        "identity_stays": "The identity stays as long as these records must. Erase again afterwards.",
    },
}  # fmt: skip
