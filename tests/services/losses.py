"""Ways in which Redis is lost, each until the block ends."""

import contextlib
import signal


@contextlib.contextmanager
def terminated(redis):
    redis.stop(signal.SIGTERM)
    yield
    redis.start()


@contextlib.contextmanager
def killed(redis):
    redis.stop(signal.SIGKILL)
    yield
    redis.start()


@contextlib.contextmanager
def frozen(redis):
    redis.freeze()
    yield
    redis.thaw()


@contextlib.contextmanager
def flushed(redis):
    assert redis.ask("FLUSHALL") == b"+OK\r\n"
    yield
    assert redis.ask("FLUSHALL") == b"+OK\r\n"
