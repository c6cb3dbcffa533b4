"""The transducers' bytes: read back as OpenFst lays them out."""

from __future__ import annotations

import struct

from dialer.voskmini.graph import lexicon_graph
from dialer.voskmini.openfst import Fst, look_ahead_bytes, reachable, vector_bytes


def read_header(data: bytes, at: int) -> tuple[dict[str, object], int]:
    (magic,) = struct.unpack_from("<i", data, at)
    assert magic == 2125659606
    texts = []
    at += 4
    for _ in range(2):
        (length,) = struct.unpack_from("<i", data, at)
        texts.append(data[at + 4 : at + 4 + length].decode())
        at += 4 + length
    version, flags, _, start, states, arcs = struct.unpack_from("<iiQqqq", data, at)
    assert (texts[1], flags) == ("standard", 0)
    return {"kind": texts[0], "version": version, "start": start, "states": states, "arcs": arcs}, at + 40


def two_words() -> Fst:
    """ "a" and "ab" of phones 1 and 1 2."""
    return lexicon_graph(["a", "ab"], {"a": ((1,),), "ab": ((1, 2),)}, phones=2)


def test_a_vector_holds_each_state_with_its_sorted_arcs() -> None:
    fst = Fst()
    first, second = fst.add_state(), fst.add_state()
    fst.add_arc(first, 7, 7, 0.5, second)
    fst.add_arc(first, 0, 0, 1.5, second)
    fst.finals[second] = 0.25
    data = vector_bytes(fst)
    header, at = read_header(data, 0)
    assert header == {"kind": "vector", "version": 2, "start": 0, "states": 2, "arcs": 2}
    assert struct.unpack_from("<fq", data, at) == (float("inf"), 2)
    assert struct.unpack_from("<iifi", data, at + 12) == (0, 0, 1.5, 1)
    assert struct.unpack_from("<iifi", data, at + 28) == (7, 7, 0.5, 1)
    assert struct.unpack_from("<fq", data, at + 44) == (0.25, 0)
    assert len(data) == at + 56


def test_a_state_reaches_the_words_that_may_come_next_and_the_end() -> None:
    graph = two_words()
    end = 99
    reached = reachable(graph, end)
    unknown = 3
    assert reached[0] == {1, 2, unknown, end}  # the entry: any word, or silence and the end
    after_words = {target for arcs in graph.arcs for _, write, _, target in arcs if write == 2}
    assert all(reached[state] == {1, 2, unknown, end} for state in after_words)
    inside = [words for words in reached if words == {2}]
    assert inside  # past the first phone of "ab" only "ab" can be meant


def test_the_look_ahead_table_has_a_set_of_intervals_for_each_state() -> None:
    graph = two_words()
    data = look_ahead_bytes(graph)
    outer, at = read_header(data, 0)
    assert outer["kind"] == "olabel_lookahead"
    assert struct.unpack_from("<i", data, at) == (446681434,)
    inner, at = read_header(data, at + 4)
    assert (inner["kind"], inner["states"], inner["arcs"]) == ("const", len(graph.arcs), graph.arc_count)
    at += 20 * len(graph.arcs) + 16 * graph.arc_count
    has_pair, has_inputs, has_outputs, over_inputs, keeps_labels, end = struct.unpack_from("<?????i", data, at)
    assert (has_pair, has_inputs, has_outputs, over_inputs, keeps_labels) == (True, False, True, False, False)
    at += 9
    (count,) = struct.unpack_from("<q", data, at)
    at += 8
    read = []
    for _ in range(count):
        (spans,) = struct.unpack_from("<q", data, at)
        bounds = struct.unpack_from(f"<{2 * spans}i", data, at + 8)
        words = {word for low, high in zip(bounds[::2], bounds[1::2], strict=True) for word in range(low, high)}
        at += 8 + 8 * spans
        assert struct.unpack_from("<i", data, at) == (len(words),)
        at += 4
        read.append(words)
    assert at == len(data)
    assert read == [set(words) for words in reachable(graph, end)]
