"""Outgoing mails whose headers begin on the line of their name.

Django and Python fold a header that does not fit into 78 characters right behind its colon, which leaves a first line
without content. Some relays join such lines, so that the DKIM signature of the mail no longer matches.
"""

from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32

from django.core.mail import EmailMultiAlternatives

ENCODED = "=?"  # the begin of an encoded word (RFC 2047)


class FirstLinePolicy(Compat32):
    """Fold headers as Python does, but never behind the colon.

    A text of encoded words leaves room for the header's name in its first line. A value that cannot be folded, such as
    a long address of a page, makes a long line; RFC 5322 allows 998 characters.
    """

    def _fold(self, name: str, value: object, sanitize: bool) -> str:
        if isinstance(value, str):
            value = "".join(value.splitlines())  # Django folds texts for a line without a name
            if value.startswith(ENCODED) and "<" not in value:
                value = make_header(decode_header(value), header_name=name)
        folded: str = super()._fold(name, value, sanitize)  # type: ignore[misc]
        first, _, rest = folded.partition(self.linesep)
        return f"{name}: {rest.lstrip()}" if first.rstrip() == f"{name}:" and rest.strip() else folded


class OutgoingMessage(EmailMultiAlternatives):
    """A mail as Django's, for every backend, with the headers of `FirstLinePolicy`."""

    def message(self) -> Message:  # type: ignore[override] # the stubs are of a later Django
        message = super().message()
        message.policy = FirstLinePolicy(max_line_length=76)  # of a line with encoded words: RFC 2047
        return message
