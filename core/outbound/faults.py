"""Why a call to another host gave no answer: a code for programs, a line for people, never what the host said."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Code(StrEnum):
    """What went wrong."""

    ADDRESS = "address"
    PORT = "port"
    UNKNOWN_HOST = "unknown_host"
    NOT_PUBLIC = "not_public"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    TIMEOUT = "timeout"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    GARBLED = "garbled"


WORDS = {
    Code.ADDRESS: _("This is no https:// address of another host. Write it without a name or password in it."),
    Code.PORT: _("This port is not allowed. Use 443 or 8443, or ask your operator to allow another one."),
    Code.UNKNOWN_HOST: _("The host's name is not known."),
    Code.NOT_PUBLIC: _("The host is not on the public Internet. Only your operator can allow such an address."),
    Code.UNREACHABLE: _("The host refuses connections or cuts them off."),
    Code.CERTIFICATE: _("The host has no certificate that can be trusted for its name."),
    Code.TIMEOUT: _("The host took too long."),
    Code.REDIRECT: _("The host sends callers elsewhere. Name the final address."),
    Code.TOO_LARGE: _("The host's answer is too large."),
    Code.GARBLED: _("The host does not speak HTTP."),
}


class NoAnswer(Exception):
    """A call that was not made, or got no answer that can be used."""

    def __init__(self, code: Code) -> None:
        super().__init__(str(WORDS[code]))
        self.code = code
