"""The line of each key and of each item of a TOML text that ``tomllib`` has read; it gives none itself."""

from __future__ import annotations

import re

Place = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_QUOTES = ('"""', "'''", '"', "'")


def lines_of(text: str) -> dict[Place, int]:
    """Return the line, from 1, of every key and item of a valid TOML text, by its path.

    >>> lines_of('a = 1\\n[b]\\nc = [{d = 2},\\n {d = 3}]')[("b", "c", 1, "d")]
    4
    """
    return _Scan(text).lines


class _Scan:
    """One walk over the text; ``at`` is where it is."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text.replace("\r\n", "\n"), 0
        self.lines: dict[Place, int] = {}
        self.counts: dict[Place, int] = {}
        table: Place = ()
        while self._blank():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _note(self, place: Place) -> None:
        self.lines.setdefault(place, self.text.count("\n", 0, self.at) + 1)

    def _blank(self) -> bool:
        """Pass over blanks, ends of lines and comments; return whether more follows."""
        while self.at < len(self.text):
            if self.text[self.at] in " \t\n":
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return True
        return False

    def _header(self) -> Place:
        several = self.text.startswith("[[", self.at)
        here = self.at
        self.at += 2 if several else 1
        place = self._counted(self._keys(), last=several)
        end, self.at = self.text.index("]", self.at) + (2 if several else 1), here
        for size in range(1, len(place) + 1):
            self._note(place[:size])
        self.at = end
        return place

    def _counted(self, keys: Place, *, last: bool) -> Place:
        """Return the path of a header, with the number of the table where there are several of that name."""
        place: Place = ()
        for k, key in enumerate(keys):
            place = (*place, key)
            if last and k == len(keys) - 1:
                self.counts[place] = self.counts.get(place, -1) + 1
            if place in self.counts:
                place = (*place, self.counts[place])
        return place

    def _keys(self) -> Place:
        """Return the keys of a dotted key."""
        found: list[str | int] = []
        while True:
            self._blank()
            found.append(self._string() if self.text[self.at] in "\"'" else self._bare())
            while self.text[self.at] in " \t":
                self.at += 1
            if self.text[self.at] != ".":
                return tuple(found)
            self.at += 1

    def _bare(self) -> str:
        found = _BARE.match(self.text, self.at)
        assert found is not None, "tomllib has read this text"
        self.at = found.end()
        return found[0]

    def _string(self) -> str:
        quote = next(q for q in _QUOTES if self.text.startswith(q, self.at))
        begin = self.at + len(quote)
        end = begin
        while not self.text.startswith(quote, end):
            end += 2 if quote[0] == '"' and self.text[end] == "\\" else 1
        while len(quote) == 3 and self.text.startswith(quote[0], end + 3):  # quotes before the closing ones
            end += 1
        self.at = end + len(quote)
        return self.text[begin:end]

    def _pair(self, table: Place) -> None:
        here = self.at
        keys = self._keys()
        end, self.at = self.at, here
        for size in range(1, len(keys) + 1):
            self._note((*table, *keys[:size]))
        self.at = self.text.index("=", end) + 1
        self._value((*table, *keys))

    def _value(self, place: Place) -> None:
        self._blank()
        first = self.text[self.at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._several("]", lambda k: self._item((*place, k)))
        elif first == "{":
            self._several("}", lambda _: self._pair(place))
        else:
            found = _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else self.at + 1

    def _item(self, place: Place) -> None:
        self._note(place)
        self._value(place)

    def _several(self, end: str, one: object) -> None:
        self.at += 1
        count = 0
        while self._blank() and self.text[self.at] != end:
            one(count)  # type: ignore[operator]
            count += 1
            self._blank()
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1
