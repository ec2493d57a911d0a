"""XML as a small tree that knows its lines: no document types, no entities, and bounds to everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from voicecore.errors import PeerError

MAX_SIZE = 65_536
"""Octets."""
MAX_DEPTH = 8
MAX_ELEMENTS = 1000


class TwimlError(PeerError):
    """The document cannot be carried out. `line` is where, counted from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line


@dataclass(slots=True)
class Element:
    """`text` is its own, without that of its children."""

    name: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def all_text(self) -> str:
        """Its text and that of all that is in it, in one line. What stands between children comes first."""
        return " ".join(" ".join([self.text, *(child.all_text for child in self.children)]).split())


def read_xml(document: bytes) -> Element:
    """The root element. Raises TwimlError for what is no XML, or more than the bounds allow."""
    if len(document) > MAX_SIZE:
        raise TwimlError(1, f"the document has more than {MAX_SIZE} octets")
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except expat.ExpatError as error:
        raise TwimlError(error.lineno, expat.ErrorString(error.code)) from error
    except (
        LookupError,
        ValueError,
    ) as error:  # an encoding that Python does not know, or cannot give to expat
        raise TwimlError(1, f"the document's encoding: {error}") from error
    assert reader.root is not None, "expat refuses a document without an element"
    return reader.root


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.parser = expat.ParserCreate()
        self._open: list[Element] = []
        self._count = 0
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._document_type

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            self._fail(f"more than {MAX_ELEMENTS} elements, or {MAX_DEPTH} in one another")
        element = Element(name, self.parser.CurrentLineNumber, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += f" {text}"

    def _document_type(self, *declaration: object) -> None:
        self._fail("a document type may bring entities, so that none is taken")

    def _fail(self, problem: str) -> NoReturn:
        raise TwimlError(self.parser.CurrentLineNumber, problem)
