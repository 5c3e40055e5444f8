"""Secrets that stand in addresses or headers do not go into logs."""

import logging
import re

# Every page whose address is a secret: sign-in links, invitations, password resets.
_SECRET_PATH = re.compile(r"(/(?:in|join|account/password/reset/key)/)[-\w]{8,}")
# A token wherever it stands: its first letters are there so that machines know one when they see it.
_TOKEN = re.compile(r"\bplb_[-\w]{8,}")


class SecretsInPaths(logging.Filter):
    """Blanks tokens, and the secret in whatever address a log record names; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        blanked = _TOKEN.sub("plb_[secret]", _SECRET_PATH.sub(r"\1[secret]", message))
        if blanked != message:
            record.msg, record.args = blanked, ()
        return True
