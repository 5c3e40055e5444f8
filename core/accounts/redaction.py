"""Secrets that stand in addresses do not go into logs."""

import logging
import re

# Every page whose address is a secret: sign-in links, invitations, password resets.
_SECRET_PATH = re.compile(r"(/(?:in|join|account/password/reset/key)/)[-\w]{8,}")


class SecretsInPaths(logging.Filter):
    """Blanks the secret in whatever address a log record names; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        blanked = _SECRET_PATH.sub(r"\1[secret]", message)
        if blanked != message:
            record.msg, record.args = blanked, ()
        return True
