"""The archive of an OFD file: its parts by the paths that the format writes, and what they define for objects to refer to."""

from __future__ import annotations

import posixpath
import zipfile

import regex
from lxml import etree

from pipeline.ingest.errors import UnreadableDocument, damaged
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.ofd.drawn import Resources
from pipeline.ingest.ofd.xml import child_text
from pipeline.ingest.package import parse_xml, read_part


class Package:
    """The archive by paths as the format writes them; what is read of it over and over counts each time."""

    def __init__(self, package: zipfile.ZipFile, limits: Limits) -> None:
        self.package, self.limits, self.spent = package, limits, 0
        self.names: dict[str, str] = {}
        for name in package.namelist():
            path = name.replace("\\", "/")
            if path.startswith("/") or regex.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
                raise unsafe(name)
            self.names.setdefault(path, name)

    def read(self, path: str) -> bytes | None:
        name = self.names.get(path)
        if name is None:
            return None
        self.spent += self.package.getinfo(name).file_size
        if self.spent > self.limits.expanded:
            raise over_limit("expanded", self.limits.expanded, self.spent)
        return read_part(self.package, name)

    def tree(self, path: str) -> etree._Element:
        data = self.read(path)
        if data is None:
            raise damaged(path)
        return parse_xml(data, path)


def add_resources(package: Package, path: str, resources: Resources) -> None:
    """What a file of resources defines; one that is missing or damaged defines nothing."""
    try:
        tree = package.tree(path)
    except UnreadableDocument as error:
        if error.code != "damaged_file":
            raise
        return
    folder = posixpath.join(path, "..", tree.get("BaseLoc", ""), "x")
    for media in tree.iter("{*}MultiMedia"):
        place = child_text(media, "MediaFile")
        if place and media.get("Type", "Image") == "Image":
            resources.pictures[media.get("ID", "")] = path_from(posixpath.normpath(folder), place)
    for unit in tree.iter("{*}CompositeGraphicUnit"):
        resources.composites[unit.get("ID", "")] = unit


def path_from(base: str, place: str) -> str:
    """A place named in the file ``base``, from the root of the archive.

    >>> path_from("Doc_0/Document.xml", "Pages/Page_0/Content.xml"), path_from("Doc_0/Document.xml", "/Doc_0/Res.xml")
    ('Doc_0/Pages/Page_0/Content.xml', 'Doc_0/Res.xml')
    """
    place = place.strip().replace("\\", "/")
    joined = place.lstrip("/") if place.startswith("/") else posixpath.join(posixpath.dirname(base), place)
    path = posixpath.normpath(joined)
    if path.startswith("../") or path == ".." or path.startswith("/") or regex.match(r"[A-Za-z]:", place):
        raise unsafe(place)
    return path


def unsafe(path: str) -> UnreadableDocument:
    return UnreadableDocument("unsafe_path", f"包内路径指向包外：{path}", f"a path inside leads out of the file: {path}")
