"""Functions that read a sent mail back."""

from html.parser import HTMLParser


class VisibleText(HTMLParser):
    """The visible texts of an HTML mail, and the URLs of its links."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.links, self.hidden = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in {"style", "title"}
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        self.hidden -= tag in {"style", "title"}

    def handle_data(self, data):
        if not self.hidden and data.split():
            self.texts.append(" ".join(data.split()))


def html_of(message):
    ((html, kind),) = [(each.content, each.mimetype) for each in message.alternatives]
    assert kind == "text/html"
    return html
