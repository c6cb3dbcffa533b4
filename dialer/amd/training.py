"""Learns a timing model from labelled calls, and finds out on calls held back whether it is better than the rules.

Every call is heard once by the streaming detector; what it knew at each moment, and what the rules said then, is kept
as numbers. A model is then any function of those numbers, and what it would have decided can be worked out without
hearing the call again. Calls of one group (a number, a text) are never on both sides: else a model that knows the
voices by heart would look good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dialer.amd.classifier import Reason, classify
from dialer.amd.evaluation import HUMAN, MACHINES, NO_VERDICT, UNCLEAR, Evaluation, Heard, evaluate
from dialer.amd.features import FRAME_BYTES, FRAME_MS
from dialer.amd.listener import Listener
from dialer.amd.timing_model import (
    DOUBT_MS,
    FEATURES,
    SOON_MS,
    Bounds,
    as_document,
    features_of,
    read_timing_model,
)
from dialer.domain.verdict import AmdCategory, AmdMode
from dialer.errors import ConfigurationError, InputError

LEAST_CALLS: Final = 40  #: of people, and of machines
LEAST_GROUPS: Final = 10
MORE_SILENCE_MS: Final = 100  #: that a person may hear, in the middle, for the sake of fewer machines
_EVERY_MS: Final = 100  # a moment to learn from
_LONGEST_MS: Final = 9000
_NONE: Final = -1
_CATEGORIES: Final = tuple(AmdCategory)
_PERSON, _MACHINE = _CATEGORIES.index(AmdCategory.HUMAN), _CATEGORIES.index(AmdCategory.MACHINE)
#: Verdicts that rest on timing alone: a model may have another opinion.
_BY_TIMING: Final = frozenset({Reason.SHORT_GREETING.value, Reason.GREETING_ENDED.value})
_GRID: Final = tuple(
    Bounds(machine_above=machine, doubt_above=doubt, human_below=person)
    for machine in (2.0, 0.98, 0.95, 0.9, 0.85, 0.8)
    for doubt in (2.0, 0.9, 0.8, 0.7, 0.6, 0.5)
    for person in (-1.0, 0.02, 0.05, 0.1)
)

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
#: Gives for features [rows, features] the probability that a machine speaks, [rows].
Judge = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """``folds``: each call is held back in one of them. ``inner_folds`` choose the bounds within. ``trees`` of depth
    three."""

    folds: int = 5
    inner_folds: int = 3
    trees: int = 60


_USUAL: Final = Recipe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One call as the detector lived through it, a row for each moment at which it looked. ``ruled`` is the rules'
    verdict then (an index of ``AmdCategory``, -1: none yet), ``open`` whether timing may have another opinion of it,
    ``whole`` whether a tenth of a second was complete."""

    name: str
    label: str
    group: str
    features: Floats
    ruled: NDArray[np.int8]
    open: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    heard_ms: NDArray[np.int32]
    silence_ms: NDArray[np.int32]
    speech_ms: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """``rules`` and ``model`` are of the same calls, each judged by a model that had not heard its group. ``document``
    is the content of the model's file, learned from all of them."""

    rules: Evaluation
    model: Evaluation
    bounds: Bounds
    calls: int
    groups: int
    document: Mapping[str, Any]

    @property
    def better(self) -> bool:
        """Fewer machines passed to agents, at no more people lost, and people not kept waiting for it."""
        if self.model.people_lost.count > self.rules.people_lost.count or passed(self.model) >= passed(self.rules):
            return False
        return (self.model.silence.p50 or 0) <= (self.rules.silence.p50 or 0) + MORE_SILENCE_MS


def passed(evaluation: Evaluation) -> int:
    """Machines that would have been connected: taken for a person, or for nothing in particular."""
    names = (AmdCategory.HUMAN, AmdCategory.UNKNOWN, AmdCategory.SILENCE, NO_VERDICT)
    return sum(evaluation.table.get(label, {}).get(str(name), 0) for label in MACHINES for name in names)


# ------------------------------------------------------------------------------------------------ hearing


def course_of(pcm: bytes, *, name: str, label: str, group: str, mode: AmdMode = AmdMode.CAREFUL) -> Course:
    """Hear a call that was answered at the beginning of ``pcm`` (signed 16-bit mono, 8 kHz), up to nine seconds."""
    listener = Listener(mode)
    listener.answered()
    rows: list[tuple[list[float], int, bool, bool, int, int, int]] = []
    for at in range(0, min(len(pcm), _LONGEST_MS // FRAME_MS * FRAME_BYTES) - FRAME_BYTES + 1, FRAME_BYTES):
        listener.accept(pcm[at : at + FRAME_BYTES])
        if not listener.ready:
            continue
        evidence = listener.evidence
        verdict = classify(evidence, mode)
        cadence = evidence.cadence
        timed = verdict is None or verdict.reason in _BY_TIMING
        rows.append(
            (
                features_of(cadence, evidence.early_speech_ms, evidence.clearance_db),
                _NONE if verdict is None else _CATEGORIES.index(verdict.category),
                timed and cadence.onset_ms is not None and not evidence.unsettled,
                cadence.heard_ms % _EVERY_MS == 0,
                cadence.heard_ms,
                cadence.silence_ms,
                cadence.speech_ms,
            )
        )
        if verdict is not None and not timed:
            break  # nothing changes this one
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * 7
    return Course(
        name=name,
        label=label,
        group=group,
        features=np.array(columns[0], dtype=np.float64).reshape(-1, len(FEATURES)),
        ruled=np.array(columns[1], dtype=np.int8),
        open=np.array(columns[2], dtype=np.bool_),
        whole=np.array(columns[3], dtype=np.bool_),
        heard_ms=np.array(columns[4], dtype=np.int32),
        silence_ms=np.array(columns[5], dtype=np.int32),
        speech_ms=np.array(columns[6], dtype=np.int32),
    )


def decided(course: Course, likely: Floats, bounds: Bounds) -> Heard:
    """What would have been decided, and when, had ``likely`` been the model's answers at the course's moments. The same
    as ``classifier.weighed``, for all moments at once."""
    none = course.ruled == _NONE
    person = course.ruled == _PERSON
    machine = course.open & (likely >= bounds.machine_above)
    soon = course.open & none & (likely < bounds.human_below) & (course.silence_ms >= SOON_MS)
    put_off = course.open & person & (likely >= bounds.doubt_above) & (course.silence_ms < DOUBT_MS)
    found = np.flatnonzero(machine | soon | (~none & ~put_off))
    if not len(found):
        return Heard(name=course.name, label=course.label, verdict=AmdCategory.UNKNOWN, reason=Reason.AUDIO_ENDED.value)
    at = int(found[0])
    verdict = _MACHINE if machine[at] else _PERSON if soon[at] else int(course.ruled[at])
    return Heard(
        name=course.name,
        label=course.label,
        verdict=_CATEGORIES[verdict],
        delay_ms=int(course.heard_ms[at]),
        silence_ms=int(course.silence_ms[at]),
        speech_ms=int(course.speech_ms[at]),
    )


# ------------------------------------------------------------------------------------------------ learning


def train(
    courses: Iterable[Course], *, recipe: Recipe = _USUAL, seed: int = 1, tell: Tell = lambda line: None
) -> Trained:
    """Learn a model, and measure it against the rules on calls held back: in folds, within each of which the bounds are
    chosen on folds of their own. Raises InputError where there are too few calls, ConfigurationError without
    scikit-learn."""
    told = [course for course in courses if course.label != UNCLEAR]
    groups = sorted({course.group for course in told})
    _check(told)
    chance = np.random.default_rng(seed)
    no_opinion = [np.full(len(course.ruled), 0.5) for course in told]
    rules = [decided(course, likely, Bounds()) for course, likely in zip(told, no_opinion, strict=True)]
    model: list[Heard] = []
    for number, (learned, held_back) in enumerate(_folds(told, recipe.folds, chance), start=1):
        bounds = _bounds_for(learned, recipe, chance)
        judge = _fit(learned, recipe, seed)[0]
        model += [decided(course, judge(course.features), bounds) for course in held_back]
        tell(f"{number}/{recipe.folds}")
    bounds = _bounds_for(told, recipe, chance)
    judge, base, trees = _fit(told, recipe, seed)
    facts = {"calls": len(told), "groups": len(groups), "seed": seed, "scikit_learn": _sklearn_version()}
    compared = evaluate(rules), evaluate(model)
    facts |= {
        "held_back_people_lost": compared[1].people_lost.count,
        "held_back_machines_passed": passed(compared[1]),
        "rules_people_lost": compared[0].people_lost.count,
        "rules_machines_passed": passed(compared[0]),
    }
    document = as_document(base, trees, bounds, facts)
    _check_export(document, judge, told)
    return Trained(
        rules=compared[0],
        model=compared[1],
        bounds=bounds,
        calls=len(told),
        groups=len(groups),
        document=document,
    )


def _check(courses: Sequence[Course]) -> None:
    for what, wanted in (("people", (HUMAN,)), ("machines", MACHINES)):
        some = [course for course in courses if course.label in wanted]
        groups = {course.group for course in some}
        if len(some) < LEAST_CALLS or len(groups) < LEAST_GROUPS:
            raise InputError(
                f"There are {len(some)} labelled calls of {what}, to {len(groups)} numbers or texts. A timing model "
                f"needs at least {LEAST_CALLS} of each kind, of {LEAST_GROUPS}: label more, with the console's review "
                "page or in the manifest."
            )


def _folds(
    courses: Sequence[Course], count: int, chance: np.random.Generator
) -> list[tuple[list[Course], list[Course]]]:
    """Learned and held back, ``count`` times; groups whole, and labels spread as evenly as groups allow."""
    label_of = {course.group: course.label for course in courses}
    groups = sorted(label_of)
    chance.shuffle(groups)
    groups.sort(key=lambda group: label_of[group])
    place = {group: number % count for number, group in enumerate(groups)}
    return [
        (
            [course for course in courses if place[course.group] != fold],
            [course for course in courses if place[course.group] == fold],
        )
        for fold in range(count)
    ]


def _bounds_for(courses: Sequence[Course], recipe: Recipe, chance: np.random.Generator) -> Bounds:
    """The bounds that lose no more people than the rules, keep them waiting hardly longer, and pass fewest machines, on
    folds held back; where none passes fewer than the rules, none. Of equal ones those whose people wait least."""
    judged: list[tuple[Course, Floats]] = []
    for learned, held_back in _folds(courses, recipe.inner_folds, chance):
        judge = _fit(learned, recipe, 0)[0]
        judged += [(course, judge(course.features)) for course in held_back]

    def cost(bounds: Bounds) -> tuple[int, int, float]:
        heard = [decided(course, likely, bounds) for course, likely in judged]
        result = evaluate(heard)
        waited = [call.silence_ms or 0 for call in heard if call.label == HUMAN]
        return result.people_lost.count, passed(result), float(np.mean(waited))

    lost, machines, waited_ms = cost(Bounds())
    costs = [(cost(bounds), bounds) for bounds in _GRID]
    fair = [(found[1:], bounds) for found, bounds in costs if _is_fair(found, lost, machines, waited_ms)]
    return min(fair, key=lambda each: each[0])[1] if fair else Bounds()


def _is_fair(found: tuple[int, int, float], lost: int, machines: int, waited_ms: float) -> bool:
    return found[0] <= lost and found[1] < machines and found[2] <= waited_ms + MORE_SILENCE_MS


def _fit(courses: Sequence[Course], recipe: Recipe, seed: int) -> tuple[Judge, float, list[dict[str, list[float]]]]:
    """Gradient boosting on the moments of all calls, each call of the same weight. Returns the judge, and the base and
    the trees that it consists of."""
    ensemble = _sklearn_ensemble()
    rows, targets, weights = [], [], []
    for course in courses:
        if course.label != HUMAN and course.label not in MACHINES:
            continue
        moments = course.features[course.open & course.whole]
        rows.append(moments)
        targets.append(np.full(len(moments), course.label != HUMAN))
        weights.append(np.full(len(moments), 1.0 / max(1, len(moments))))
    learner = ensemble.GradientBoostingClassifier(
        n_estimators=recipe.trees, max_depth=3, learning_rate=0.1, subsample=0.7, min_samples_leaf=20, random_state=seed
    )
    features = np.concatenate(rows)
    learner.fit(features, np.concatenate(targets), sample_weight=np.concatenate(weights))
    rate = float(learner.learning_rate)
    estimators = [each[0] for each in learner.estimators_]
    some = features[:1]
    base = float(learner.decision_function(some)[0]) - rate * sum(float(tree.predict(some)[0]) for tree in estimators)

    def judge(asked: Floats) -> Floats:
        if not len(asked):
            return np.zeros(0)
        likely: Floats = learner.predict_proba(asked)[:, 1]
        return likely

    return judge, base, [_exported(estimator.tree_, rate) for estimator in estimators]


def _exported(tree: Any, rate: float) -> dict[str, list[float]]:
    own = np.arange(tree.node_count)
    leaf = tree.children_left < 0
    return {
        "feature": np.where(leaf, 0, tree.feature).tolist(),
        "threshold": np.where(leaf, 0.0, tree.threshold).tolist(),
        "left": np.where(leaf, own, tree.children_left).tolist(),
        "right": np.where(leaf, own, tree.children_right).tolist(),
        "value": np.where(leaf, rate * tree.value[:, 0, 0], 0.0).tolist(),
    }


def _check_export(document: Mapping[str, Any], judge: Judge, courses: Sequence[Course]) -> None:
    """What is written must judge as what was learned."""
    model = read_timing_model(document)
    for course in courses[:: max(1, len(courses) // 20)]:
        features = course.features[:: max(1, len(course.features) // 10)]
        ours = np.array([model.judge(row) for row in features])
        if not np.allclose(ours, judge(features), atol=1e-6):
            raise ConfigurationError(
                "The timing model that was learned and the one to be written judge differently: this release of "
                "scikit-learn is not supported. Install another one."
            )


def _sklearn_ensemble() -> Any:
    try:
        import sklearn.ensemble
    except ImportError as exc:
        raise ConfigurationError(
            "Learning a timing model needs scikit-learn, which using one does not. Install it: "
            "pip install 'cadencia[train]'"
        ) from exc
    return sklearn.ensemble


def _sklearn_version() -> str:
    import sklearn

    return str(sklearn.__version__)
