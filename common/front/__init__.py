"""The front of the web process: an ASGI application around Django's WSGI handler.

It waits for clients, and Django's threads wait for none: a request's body is there before a thread takes it, and an
answer is finished before it is sent.
"""
