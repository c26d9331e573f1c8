"""XML elements whose content is checked as it is read; every complaint names file, line and element."""

from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from envs.driving.files.errors import RecordingFormatError, format_error, need


class Element:
    """An element of an XML file that knows where it is from."""

    def __init__(self, path: Path, node: Any) -> None:
        self.path, self._node = path, node

    @property
    def tag(self) -> str:
        """Its name."""
        return str(self._node.tag)

    def error(self, message: str) -> RecordingFormatError:
        """To raise: the message after file, line and element."""
        name = self._node.get("id")
        own = f"<{self.tag}>" if name is None else f"<{self.tag} id={name!r}>"
        return format_error(self.path, f"{own} {message}", line=self._node.sourceline)

    def children(self, *tags: str) -> list["Element"]:
        """Those directly below with one of these names, in order."""
        return [Element(self.path, node) for node in self._node if node.tag in tags]

    def find(self, way: str) -> "Element | None":
        """The first at a way such as `shape/rectangle`."""
        node = self._node.find(way)
        return None if node is None else Element(self.path, node)

    def need(self, way: str) -> "Element":
        """The same; an error where there is none."""
        found = self.find(way)
        if found is None:
            inside = sorted({str(node.tag) for node in self._node if isinstance(node.tag, str)})
            raise self.error(f"must contain <{way}>, found {inside or 'nothing'}.")
        return found

    def attribute(self, name: str) -> str:
        """A required attribute."""
        value = self._node.get(name)
        if value is None:
            raise self.error(f"must have the attribute {name!r}, found {sorted(self._node.keys())}.")
        return str(value)

    def get(self, name: str, default: str = "") -> str:
        """An optional attribute."""
        return str(self._node.get(name, default))

    @property
    def text(self) -> str:
        """What it says."""
        return (self._node.text or "").strip()

    def number(self) -> float:
        """The finite number that it says."""
        try:
            value = float(self.text)
        except ValueError:
            raise self.error(f"must hold a number, found {self.text!r}.") from None
        if not isfinite(value):
            raise self.error(f"must hold a finite number, found {self.text!r}.")
        return value

    def count(self) -> int:
        """The whole number >= 0 that it says."""
        value = self.number()
        if value < 0 or value != int(value):
            raise self.error(f"must hold a whole number >= 0, found {self.text!r}.")
        return int(value)

    def middle(self) -> float:
        """Its `exact` number, or the middle of its interval."""
        exact = self.find("exact")
        if exact is not None:
            return exact.number()
        if self.find("intervalStart") is None:
            raise self.error("must contain <exact> or <intervalStart> and <intervalEnd>.")
        return 0.5 * (self.need("intervalStart").number() + self.need("intervalEnd").number())

    def position(self) -> Float64[np.ndarray, " 2"]:
        """Its x and y."""
        return np.array([self.need("x").number(), self.need("y").number()])


def read_root(path: Path) -> Element:
    """The outermost element of an XML file."""
    etree = need("lxml.etree", path)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return Element(path, etree.parse(str(path), parser).getroot())
    except etree.XMLSyntaxError as error:
        raise format_error(path, f"expected well-formed XML: {error.msg}.", line=error.lineno) from None
