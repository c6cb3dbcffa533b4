"""Which word follows which: a bigram with absolute discounting that backs off to single words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from dialer.voskmini.openfst import Fst

_DISCOUNT: Final = 0.5
_UNSEEN: Final = 0.3  # what a word that no sentence holds counts for among single words
_EDGE: Final = 0  # stands for both ends of a sentence


def bigram_graph(sentences: Iterable[Sequence[int]], words: int) -> Fst:
    """An acceptor of word numbers 1..``words``. State 0 is the beginning of a sentence."""
    follow: dict[int, Counter[int]] = defaultdict(Counter)
    single: Counter[int] = Counter()
    for sentence in sentences:
        for before, after in zip([_EDGE, *sentence], [*sentence, _EDGE], strict=True):
            follow[before][after] += 1
            single[after] += 1
    total = sum(single.values()) + _UNSEEN * sum(word not in single for word in range(words + 1))
    alone = {word: (single.get(word) or _UNSEEN) / total for word in range(words + 1)}

    fst = Fst()
    states = {_EDGE: fst.add_state()}
    for word in sorted(follow.keys() - {_EDGE}):
        states[word] = fst.add_state()
    common = fst.add_state()
    for word, share in alone.items():
        if word == _EDGE:
            fst.finals[common] = -math.log(share)
        else:
            fst.add_arc(common, word, word, -math.log(share), states.get(word, common))
    for before, state in states.items():
        seen = follow[before]
        times = seen.total()
        left = _DISCOUNT * len(seen) / times if times else 1.0
        if times == 0:
            fst.add_arc(state, 0, 0, 0.0, common)
            continue
        # Discounted counts, with the mass that is left over going through the single words to all, seen ones too.
        fst.add_arc(state, 0, 0, -math.log(left), common)
        for after, count in sorted(seen.items()):
            cost = -math.log((count - _DISCOUNT) / times + left * alone[after])
            if after == _EDGE:
                fst.finals[state] = cost
            else:
                fst.add_arc(state, after, after, cost, states.get(after, common))
    return fst
