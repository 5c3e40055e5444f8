"""Django settings. Everything that differs between installations comes from the environment; see docs/operations.md."""

import os
from pathlib import Path

import environ

from config import cluster
from config.broker import broker
from config.database import tuned
from config.production import refuse_weak_settings
from config.secrets import demo_secret

# Before anything loads numpy. Our matrices are small: threads for their products only wait for each other, on a busy
# machine for ten times as long as the product takes, and give other bits on machines with other numbers of processors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("PLUMBLINE_DATA_DIR", default=str(BASE_DIR / ".data")))
# Production is what somebody asks for; a checkout serves itself on the loopback interface only.
PRODUCTION = env.bool("PLUMBLINE_PRODUCTION", default=False)
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="") or ("" if PRODUCTION else demo_secret(DATA_DIR))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000")
if PRODUCTION:
    refuse_weak_settings(secret_key=SECRET_KEY, allowed_hosts=ALLOWED_HOSTS, debug=DEBUG, environment=os.environ)

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "channels",
    "csp",
    "pgtrigger",
    "config.apps.WiringConfig",
    "core.jobs",
    "core.accounts",
    "core.api",
    "core.catalog",
    "core.endpoints",
    "core.ledger",
    "reports",
    "alpha",
    "annotate",
    "abtest",
    "exchange",
    "scenarios",
]

MIDDLEWARE = [
    "config.headers.guard",
    "config.health.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.accounts.middleware.as_the_person_prefers",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.accounts.shell.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": tuned(cluster.settings(), env)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["core.accounts.backend.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "core.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "core.accounts.forms.LoginForm",
    "reset_password": "core.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "core.accounts.forms.ResetPasswordKeyForm",
    "change_password": "core.accounts.forms.ChangePasswordForm",
    "set_password": "core.accounts.forms.SetPasswordForm",
}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
PASSWORD_RESET_TIMEOUT = 3600
# Per address that asks (ip) and per account asked for (key). The account first: who hammers one account is stopped
# there, before the address they share with others runs out.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login": "60/m/ip",
    "login_failed": "5/5m/key,30/m/ip",
    "reset_password": "5/m/key,20/m/ip",
    "sign_in_link": "30/m/ip",
    "request_link": "3/m/key,20/m/ip",
    "accept_invitation": "30/m/ip",
}
# X-Forwarded-For counts only as far as so many proxies of our own have written it.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
# The rate limits' memory: it must be one for all processes, and Redis may be missing.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "plumbline_cache",
        # Past this number rows are thrown away, so it must be far more than an attacker fills within a limit's span.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

SESSION_ENGINE = "core.accounts.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_TLS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}

STATIC_URL = "static/"
# Where collectstatic puts the files; outside of production they are served from where they lie.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Plumbline <plumbline@localhost>")

# What calls to other hosts may reach besides the public Internet: host:port, networks. Never set on a page.
OUTBOUND_ALLOW = env.list("OUTBOUND_ALLOW", default=[])
# How many answers one model endpoint may be writing for one process at a time; who comes later waits, then is told.
ENDPOINT_STREAMS = env.int("ENDPOINT_STREAMS", default=600)
# Whether a process that serves pages writes the answers in chats that are asked for there; otherwise workers do.
CHAT_ANSWERS_HERE = env.bool("CHAT_ANSWERS_HERE", default=True)

UPLOAD_DIR = DATA_DIR / "uploads"
EXPORT_DIR = DATA_DIR / "exports"
REPORT_DIR = DATA_DIR / "reports"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# The broker is a doorbell: what it loses, the sweeper finds in the job table.
_broker = broker(env.str("CELERY_BROKER_URL", default="") or "folder://localhost/", DATA_DIR)
CELERY_BROKER_URL = _broker.url
CELERY_BROKER_TRANSPORT_OPTIONS = _broker.options
CELERY_TASK_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
# Both or neither: a late acknowledgement alone loses the ring of a killed process. A job that kills its process cannot
# come back for ever: its ring finds the row taken, and the row is parked after three attempts.
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = _broker.acks_late
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The row knows whose the work is, not the broker: a job goes on while Redis is away, and ends as if nothing had been.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker comes back however long the broker was away; by default it gives up after a hundred tries.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3
CELERY_TASK_SOFT_TIME_LIMIT = env.int("JOBS_TIME_LIMIT_SECONDS", default=4 * 3600)
CELERY_TASK_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT + 60
# In memory: a schedule file would be fought over by two workers of one data folder.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
# How often monitors of users' thumbs take in what is new; after three times that in vain one is shown as stale.
DRIFT_STEP_SECONDS = 180.0
# How often hours of live experiments that are over are added up and read.
EXPERIMENT_STEP_SECONDS = 180.0
SWEEP_SECONDS = 5.0
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "core.jobs.tasks.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": 2 * SWEEP_SECONDS}},
    "answers": {"task": "core.api.tasks.forget_answers", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "settle": {"task": "core.ledger.tasks.settle", "schedule": 2.0, "options": {"expires": 4.0}},
    "requests": {"task": "annotate.tasks.take_requests", "schedule": 30.0, "options": {"expires": 60.0}},
    "anchors": {"task": "annotate.tasks.follow_alarms", "schedule": 30.0, "options": {"expires": 60.0}},
    "monitors": {
        "task": "reports.tasks.step_monitors",
        "schedule": DRIFT_STEP_SECONDS,
        "options": {"expires": DRIFT_STEP_SECONDS},
    },
    "answers in chats": {"task": "alpha.tasks.interrupt_lost", "schedule": 5.0, "options": {"expires": 10.0}},
    "files": {"task": "exchange.tasks.sweep", "schedule": 300.0, "options": {"expires": 600.0}},
    "experiments": {
        "task": "abtest.tasks.step_experiments",
        "schedule": EXPERIMENT_STEP_SECONDS,
        "options": {"expires": EXPERIMENT_STEP_SECONDS},
    },
}
JOBS_LOST_AFTER_SECONDS = env.float("JOBS_LOST_AFTER_SECONDS", default=30.0)

# Tokens only: no cookie opens the API. Each token may ask so often, and so many times at once after a pause.
API_REQUESTS_PER_SECOND = env.float("API_REQUESTS_PER_SECOND", default=10.0)
API_BURST = env.int("API_BURST", default=200)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.reading.JSONBody"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.reading.JSONOnly",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Described",
    "EXCEPTION_HANDLER": "core.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plumbline",
    "DESCRIPTION": "Comparisons in, preference data out. docs/api.md tells how tokens, pages, errors and keys work.",
    "VERSION": "1",
    "OAS_VERSION": "3.0.3",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

REDIS_URL = env.str("REDIS_URL", default="")
CHANNEL_LAYERS: dict[str, dict[str, object]]
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "core.live.redis.PatientRedisChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "symmetric_encryption_keys": [SECRET_KEY], "capacity": 100, "expiry": 60},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "core.live.postgres.PostgresChannelLayer"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets_in_paths": {"()": "core.accounts.redaction.SecretsInPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["secrets_in_paths"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # At their lower levels they log what people wrote to a model, and each of its addresses.
        **dict.fromkeys(("openai", "httpx2", "httpcore2"), {"level": "WARNING"}),
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
