"""Finds articles by what people type. The index is made at the start and kept in memory."""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from serving import Service, log

WORD = re.compile(r"[a-z0-9]+")
LIMIT_DEFAULT, LIMIT_MAX = 10, 50


def words(text):
    """Lower-case words, without the plural s."""
    return [w[:-1] if len(w) > 3 and w.endswith("s") else w for w in WORD.findall(text.lower())]


class Index:
    """Which article says which word how often."""

    def __init__(self, articles):
        self.articles = {article["id"]: article for article in articles}
        self.by_word = defaultdict(Counter)
        for article in articles:
            # the name weighs more than what is said about it
            for word in words(article["name"]) * 3 + words(article["room"]) + words(article["about"]):
                self.by_word[word][article["id"]] += 1

    def search(self, text):
        """Articles that have all words, best first."""
        found = None
        for word in words(text):
            scores = self.by_word.get(word, Counter())
            found = scores if found is None else Counter({i: found[i] + scores[i] for i in found if i in scores})
        ranked = sorted((found or {}).items(), key=lambda item: (-item[1], item[0]))
        return [self.articles[i] for i, _ in ranked]


def routes(index):
    def search(_match, query):
        text, limit = query.get("q", ""), query.get("limit", str(LIMIT_DEFAULT))
        if not words(text):
            return 400, {"error": "say what to look for: /search?q=oak+table"}
        if not limit.isdecimal() or not 1 <= int(limit) <= LIMIT_MAX:
            return 400, {"error": f"limit is a number from 1 to {LIMIT_MAX}"}
        found = index.search(text)
        shown = [{k: a[k] for k in ("id", "name", "room", "price")} for a in found[: int(limit)]]
        return 200, {"query": text, "total": len(found), "articles": shown}

    return [("/search", search)]


def main():
    articles = json.loads((Path(__file__).parent / "articles.json").read_text())
    index = Index(articles)
    log("info", "index made", articles=len(index.articles), words=len(index.by_word))
    about = {"articles": len(articles), "try": "/search?q=oak+table"}
    return Service("product-search", about, routes(index)).run()


if __name__ == "__main__":
    sys.exit(main())
