"""What can go wrong at a provider's door. Every message is one sentence for people, without a key or an address."""


class UpstreamError(Exception):
    """A provider did not give what was asked of it."""


class NotConfigured(UpstreamError):
    """The site has no usable key for this provider."""


class Refused(UpstreamError):
    """The provider said no; asking again would not help."""


class NotFound(Refused):
    """The provider does not have this record."""


class Unavailable(UpstreamError):
    """The provider, or the way to it, stayed out of order for as long as was worth waiting."""
