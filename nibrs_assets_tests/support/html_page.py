"""An HTML page as a browser's parser sees it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """What a browser would make of a page: rows of its tables as texts, links, ids, tags, attributes."""

    rows: list[list[str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    in_cell: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, html: str) -> "Page":
        page = cls()
        page.feed(html)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "href":
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.in_cell:
            self.rows[-1][-1] += data

    def column(self, *titles: str) -> list[tuple[str, ...]]:
        """The cells under `titles` in the last table of the page that has them, without the mark of a key."""
        found = [(row, [row.index(title) for title in titles]) for row in self.rows if set(titles) <= set(row)]
        header, indices = found[-1]
        body = self.rows[self.rows.index(header) + 1 :]
        return [tuple(row[i].strip().removesuffix(" key") for i in indices) for row in body]
