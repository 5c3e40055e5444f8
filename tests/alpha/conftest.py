"""What the tests of alpha share: letters that are sent at once, and sign-in slowed down as in production."""

from tests.accounts.conftest import limits, post_office  # noqa: F401  (fixtures)
