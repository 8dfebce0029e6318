"""Finished answers: what is the same for everybody is made once and answered in front of Django's threads.

A view declares it (`declarations`), and what is written changes the versions of the kinds that answers are made from.
"""
