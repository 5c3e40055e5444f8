"""How often a token may ask: a bucket in the database, exact under any concurrency. Fairness, not a defence."""

from django.conf import settings
from django.db import connection

from core.accounts.models import Token
from core.api.problems import Code, Problem

_TAKE = """
INSERT INTO api_bucket AS b (token_id, level, at) VALUES (%(token)s, %(burst)s - 1, clock_timestamp())
ON CONFLICT (token_id) DO UPDATE SET
    level = least(%(burst)s, b.level + %(rate)s * greatest(0, extract(epoch FROM excluded.at - b.at))) - 1,
    at = greatest(b.at, excluded.at)
WHERE least(%(burst)s, b.level + %(rate)s * greatest(0, extract(epoch FROM excluded.at - b.at))) >= 1
RETURNING b.level
"""


def take(token: Token) -> None:
    """Take one request out of the token's bucket. Raises Problem when it is empty."""
    rate = float(settings.API_REQUESTS_PER_SECOND)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"token": token.pk, "burst": float(settings.API_BURST), "rate": rate})
        if cursor.fetchone() is None:
            wait = max(1, round(1 / rate))
            raise Problem(Code.THROTTLED, headers={"Retry-After": str(wait)})
