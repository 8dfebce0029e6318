"""Item 13: an abusive review, and an account that has to be erased."""

import re
from dataclasses import dataclass
from uuid import uuid4

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer, succeed
from attack.visitors.staff import manager_of, superuser_of
from attack.visitors.visitor import Visitor


@dataclass
class Abuse:
    """A review that has to go: its author, its film, and its words, which no other review has."""

    author: Customer
    film: int
    rating: int
    words: str

    def is_shown(self) -> bool:
        visitor = Visitor(self.author.site)
        in_api = visitor.api("GET", f"/movies/{self.film}/ratings?limit=100").text
        return self.words in in_api or self.words in visitor.page(f"/movies/{self.film}-x/").text


def publish_abuse(site: Site) -> Abuse:
    author, words = Customer(site).register(), f"An abusive review, number {uuid4().hex}."
    film = succeed(Visitor(site).api("GET", "/movies?limit=1&ordering=title"))["items"][0]["id"]
    rating = succeed(author.api("POST", "/ratings", {"movie_id": film, "rating": 1, "review": words}))["id"]
    return Abuse(author, film, rating, words)


@attack("hide-review", 13, "A manager hides an abusive review with a reason")
def hide_review(site: Site) -> Verdict:
    abuse, boss = publish_abuse(site), manager_of(site)
    before = abuse.is_shown()
    answer = boss.call("POST", f"/ratings/{abuse.rating}/hide", {"reason": "It is abusive."})
    hidden = not abuse.is_shown()
    figure = f"status {answer.status_code}, {'hidden' if hidden else 'still shown'}"
    return Verdict(before and hidden, figure)


@attack("report-review", 13, "A visitor reports a review, and a manager finds the report in a queue")
def report_review(site: Site) -> Verdict:
    abuse, reporter, boss = publish_abuse(site), Customer(site).register(), manager_of(site)
    answer = reporter.api("POST", f"/ratings/{abuse.rating}/reports", {"reason": "abusive"})
    lists = sorted(set(re.findall(r'href="(/admin/movies/\w*report\w*/)', boss.page("/admin/").text)))
    found = any(abuse.author.username in boss.page(path).text for path in lists)
    found = found and abuse.words in boss.call("GET", "/review-reports").text
    figure = f"status {answer.status_code}, {'in' if found else 'not in'} the queue of admin and API"
    return Verdict(answer.ok and found, figure)


@attack("erase-user", 13, "“Delete user” in the admin, for a customer with a review")
def erase_user(site: Site) -> Verdict:
    author, owner = publish_abuse(site).author, superuser_of(site)
    form = {"post": "yes", "reason": "They asked for it."}
    answer = owner.send_form(f"/admin/accounts/user/{author.id}/delete/", form)
    signs_in = author.try_to_sign_in().status_code
    found = owner.call("GET", f"/users/{author.id}")
    erased = signs_in == 401 and (found.status_code == 404 or author.email not in found.text)
    figure = f"status {answer.status_code}, {'erased' if erased else 'not erased'}"
    return Verdict(answer.status_code == 302 and erased, figure)
