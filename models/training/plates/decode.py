"""Texts from logits: greedy, and a prefix beam that stays within the grammar of functions/core/plates/grammar.ts."""

import numpy as np

from alphabet import CHARS, DIGITS, LETTERS, PROVINCES, SYMBOL_OF


def _set(chars):
    return frozenset(SYMBOL_OF[c] for c in chars)


_P, _L, _D, _S = _set(PROVINCES), _set(LETTERS), _set(DIGITS), _set(LETTERS + DIGITS)
_E = _set("DABCEFGHJK")
PATTERNS = [
    [_P, _L, _S, _S, _S, _S, _S],
    [_P, _L, _E, _S, _D, _D, _D, _D],
    [_P, _L, _D, _D, _D, _D, _D, _E],
    [_P, _L, _S, _S, _S, _S, _set("挂学警领")],
    [_set("粤"), _set("Z"), _S, _S, _S, _S, _set("港澳")],
    [_D] * 6 + [_set("使")],
    [_set("使")] + [_D] * 6,
    [_P, _set("0"), _S, _D, _D, _D, _D],
]


def greedy(logits: np.ndarray) -> list[str]:
    texts = []
    for rows in logits.argmax(-1):
        text, last = "", 0
        for symbol in rows:
            if symbol != last and symbol > 0:
                text += CHARS[symbol - 1]
            last = symbol
        texts.append(text)
    return texts


def _continues(prefix):
    choices = set()
    n = len(prefix)
    for pattern in PATTERNS:
        if n < len(pattern) and all(s in pattern[i] for i, s in enumerate(prefix)):
            choices |= pattern[n]
    return choices


def _complete(prefix):
    return any(len(p) == len(prefix) and all(s in p[i] for i, s in enumerate(prefix)) for p in PATTERNS)


def grammar(log_probabilities: np.ndarray, beams: int = 8) -> list[str]:
    texts = []
    allowed = {}
    for rows in log_probabilities:
        beam = {(): (0.0, -1e9)}
        for row in rows:
            following = {}
            likely = [int(s) for s in np.argsort(-row)[:12] if s > 0 and row[s] > -9.5]

            def put(prefix, blank, label):
                b, l = following.get(prefix, (-1e9, -1e9))
                following[prefix] = (np.logaddexp(b, blank), np.logaddexp(l, label))

            for prefix, (blank, label) in beam.items():
                total = np.logaddexp(blank, label)
                put(prefix, total + row[0], label + row[prefix[-1]] if prefix else -1e9)
                if prefix not in allowed:
                    allowed[prefix] = _continues(prefix)
                for s in likely:
                    if s in allowed[prefix]:
                        put(prefix + (s,), -1e9, (blank if prefix and prefix[-1] == s else total) + row[s])
            beam = dict(sorted(following.items(), key=lambda item: -np.logaddexp(*item[1]))[:beams])
        best = [p for p in beam if _complete(p)] or [()]
        best = max(best, key=lambda p: np.logaddexp(*beam[p]))
        texts.append("".join(CHARS[s - 1] for s in best))
    return texts
