"""The settings, typed. Every value comes from the environment or `.env`; `.env.example` lists them all.

One module a topic, gathered here. No name is set twice, so their order means nothing; a module that follows from
another imports it by name:

    environment     where values come from, and what must not be missing
    site            the house and its address; security, language and time
    apps            apps, middleware, templates
    services        database, cache, files, mail
    people          roles, passwords, sign-in
    headers         the Content-Security-Policy
    api             tokens, limits, CORS, REST framework, the API's document
    programme       the programme and the box office
    upstream        TMDB and OMDb
    background      Celery and its clock
    logs            what is logged

A new setting goes into the module of its topic, into `.env.example` and into the README's table.
"""

from config.settings.api import *
from config.settings.apps import *
from config.settings.background import *
from config.settings.environment import *
from config.settings.headers import *
from config.settings.logs import *
from config.settings.people import *
from config.settings.programme import *
from config.settings.services import *
from config.settings.site import *
from config.settings.upstream import *
