"""Errors of the provider clients. Every message is one sentence for people, without a key or an address."""


class UpstreamError(Exception):
    """Base of all failures of a provider."""


class NotConfigured(UpstreamError):
    """No usable key for this provider in the settings."""


class Refused(UpstreamError):
    """A final refusal; another attempt would not help."""


class KeyRefused(Refused):
    """A refusal of our key, and so of every other request as well."""


class NotFound(Refused):
    """A record that the provider does not have."""


class Unreadable(Refused):
    """An answer to this request that cannot be parsed; another attempt would give the same."""


class Unavailable(UpstreamError):
    """A provider, or the connection to it, out of order for longer than was worth waiting."""


class NoCapacity(Unavailable):
    """Our own rate limit left no room for the request in time."""


class AllowanceSpent(Unavailable):
    """No calls to the provider left today; tomorrow there are."""


class StoreFailed(UpstreamError):
    """Our own store failed to keep what the provider sent."""


class StepsFailed(UpstreamError):
    """Steps of a night that failed; the run of each says why."""
