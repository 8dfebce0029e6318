"""The staff of the attacked site: a manager and a superuser, each with a second factor, and what only they may do."""

import re
from functools import cache

from attack.site.running import Site
from attack.visitors.customer import Customer, Refused, totp
from attack.visitors.visitor import CSRF

SECRET = re.compile(r"class=\"secret\">([A-Z2-7]+)<")


class Manager(Customer):
    """A manager, who calls the API as the site's own pages do: by the cookies of a sign-in with a second factor."""

    secret = ""

    def arrive(self) -> "Manager":
        """Sign in to the pages and set up a second factor. Raises Refused."""
        self.sign_in_to_pages()
        self.set_up_second_factor()
        return self

    def set_up_second_factor(self) -> None:
        """Set up an authenticator app, as the site asks managers to. Raises Refused."""
        path = "/account/second-factor/totp/activate/"
        page = self.page(path)
        if SECRET.search(page.text) is None:
            self.send_form("/account/confirm/", {"password": self.password})
            page = self.page(path)
        found, token = SECRET.search(page.text), CSRF.search(page.text)
        if found is None or token is None:
            raise Refused(f"{path} shows no secret: {page.status_code}")
        self.secret = self.site.keep_secret("the secret of a second factor", found[1])
        # Opened again, the page would show another secret.
        form = {"code": totp(self.secret), "csrfmiddlewaretoken": token[1]}
        answer = self.ask("POST", path, data=form)
        if answer.status_code != 302:
            raise Refused(f"{path} refused the code: {answer.status_code}")


@cache
def manager_of(site: Site) -> Manager:
    return create(site).arrive()


@cache
def superuser_of(site: Site) -> Manager:
    return create(site, superuser=True).arrive()


def create(site: Site, *, superuser: bool = False) -> Manager:
    """Create staff as the operator does, on the command line."""
    manager = Manager(site)
    site.manage("createmanager", manager.username, manager.email, "--password-stdin", send=f"{manager.password}\n")
    if superuser:
        site.execute("UPDATE accounts_user SET is_superuser = true WHERE username = %s", manager.username)
    return manager.count_as_confirmed()
