"""What can go wrong at a provider's door. Every message is one sentence for people, without a key or an address."""


class UpstreamError(Exception):
    """A provider did not give what was asked of it."""


class NotConfigured(UpstreamError):
    """The site has no usable key for this provider."""


class Refused(UpstreamError):
    """The provider said no; asking again would not help."""


class KeyRefused(Refused):
    """The provider does not accept our key, so it would refuse everything else as well."""


class NotFound(Refused):
    """The provider does not have this record."""


class Unreadable(Refused):
    """The provider answers this request with something that nobody can read, and would do so again."""


class Unavailable(UpstreamError):
    """The provider, or the way to it, stayed out of order for as long as was worth waiting."""


class NoCapacity(Unavailable):
    """Our own pace left no room for the request within the time that somebody would wait."""


class AllowanceSpent(Unavailable):
    """What may be asked of the provider today has been asked; tomorrow it can go on."""


class StoreFailed(UpstreamError):
    """Our own store did not take what came in."""
