"""Settings, read from the environment only; docs/operations.md lists every name."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from accounting_crm import env, logs
from accounting_crm.embedded.installation import EmbeddedError, Installation
from accounting_crm.servers import var_dir, wanted

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
VAR_DIR = var_dir(testing=TESTING)

DATABASE_SCHEMES = ["postgres", "postgresql"]
DATABASE_EXAMPLE = "postgres://user:password@host:5432/name"
DATABASE_URL = env.url("DATABASE_URL", "", schemes=DATABASE_SCHEMES, example=DATABASE_EXAMPLE)
REDIS_URL = env.url("REDIS_URL", "", schemes=["redis", "rediss"], example="redis://host:6379/0")
INSTALLATION = Installation(VAR_DIR)
SECRET_KEY = env.secret("SECRET_KEY")
if SECRET_KEY and len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY: expected at least 32 characters")
if wanted() or not SECRET_KEY:
    try:
        INSTALLATION.prepare()
        SECRET_KEY = SECRET_KEY or INSTALLATION.secrets.django
    except EmbeddedError as error:
        raise ImproperlyConfigured(str(error)) from error

DEBUG = False
APP_URL = env.url("APP_URL", "http://localhost:8000", schemes=["http", "https"], example="https://crm.example.com")
HTTPS = APP_URL.startswith("https:")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", urlsplit(APP_URL).hostname or ""])
WEB_WORKERS = env.integer("WEB_WORKERS", 2, least=1, most=64)

ROOT_URLCONF = "accounting_crm.urls"
WSGI_APPLICATION = "accounting_crm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "staff.User"

INSTALLED_APPS = [
    "accounting_crm",
    "core",
    "staff",
    "gateways",
    "clients",
    "work",
    "scripts",
    "feedback",
    "retention",
    "reports",
    "desk",
    "api",
    "portal",
    "interchange",
    "demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "accounting_crm.apps.OwnStaticFilesConfig",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_include_bootstrap",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_prometheus",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "accounting_crm.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounting_crm.middleware.NoStoreMiddleware",
    "accounting_crm.middleware.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounting_crm.middleware.SessionAgeMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "desk.middleware.OwnLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.error_pages.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

CSRF_FAILURE_VIEW = "core.error_pages.csrf_failure"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["core.template_loader.TightLoader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "desk.context.interface",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "core.templatetags.drawn_once"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES: dict[str, Any] = {
    "default": environ.Env.db_url_config(DATABASE_URL) if DATABASE_URL else INSTALLATION.database
}
if replica_url := env.url("DATABASE_REPLICA_URL", "", schemes=DATABASE_SCHEMES, example=DATABASE_EXAMPLE):
    DATABASES["replica"] = {**environ.Env.db_url_config(replica_url), "TEST": {"MIRROR": "default"}}
for database in DATABASES.values():
    database.update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True, ATOMIC_REQUESTS=False)
DATABASES["default"]["TEST"] = {"TEMPLATE": "template0"}
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "core.cache.ForgivingCache",
        "LOCATION": REDIS_URL or INSTALLATION.cache_url,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    },
}
SESSION_ENGINE = "staff.sessions"

LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "ru", ["ru", "en"])
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.zone("TIME_ZONE", "Europe/Moscow")
# Triggers that write days ask the connection for the company's zone.
_options = DATABASES["default"].setdefault("OPTIONS", {})
_options["options"] = f"{_options.get('options', '')} -c crm.time_zone={TIME_ZONE}".strip()
USE_I18N = True
USE_TZ = True
CURRENCY = env.currency("CURRENCY", "RUB")

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING  # browser tests read the sources themselves
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "accounting_crm.static_files.StaticStorage"
    },
}

# Behind a TLS proxy on another host say so, or its word about the scheme is not believed.
if env.boolean("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = env.integer("SESSION_IDLE_MINUTES", 480, least=5, most=43_200) * 60
SESSION_ABSOLUTE_AGE = timedelta(days=30)
METRICS_TOKEN = env.secret("METRICS_TOKEN")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "staff.backends.PasswordBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "staff.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "staff.forms.LogInForm"}
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if APP_URL.startswith("https:") else "http"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# Failed passwords are counted by axes in the database; "login_failed" is left for codes of the second factor.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "7/900s/key"}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {"add_webauthn": "staff.mfa_forms.AddKeyForm", "edit_webauthn": "staff.mfa_forms.EditKeyForm"}
MFA_ADAPTER = "staff.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Account Centre"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = APP_URL.startswith("http://localhost")

AXES_FAILURE_LIMIT = 7
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "staff.login.attempt_key"
AXES_LOCKOUT_CALLABLE = "staff.login.locked_out"
AXES_CLIENT_STR_CALLABLE = "staff.login.describe_client"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Counting per person holds however many addresses the tries come from; one office shares an address.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

PGHISTORY_APPEND_ONLY = True
# A trail is asked for by its object or its request: every other index is paid for by each write and used by nobody.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=True)
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(db_index=True)

CELERY_BROKER_URL = "memory://" if TESTING else REDIS_URL or INSTALLATION.broker_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 10, "health_check_interval": 10}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = TIME_ZONE
SWEEPS = "accounting_crm.beat.SWEEPS"
CALL_SUBJECTS = "accounting_crm.calls.SUBJECTS"

EMAIL_HOST = env.text("EMAIL_HOST")  # unset: letters go to the local mailbox
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS")
EMAIL_USE_SSL = env.boolean("EMAIL_USE_SSL")
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise ImproperlyConfigured("EMAIL_USE_SSL: expected no beside EMAIL_USE_TLS=yes; a server speaks one of them")
EMAIL_PORT = env.integer("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD")
DEFAULT_FROM_EMAIL = env.sender("DEFAULT_FROM_EMAIL", "Account Centre <noreply@localhost>")

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["staff.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "staff.authentication.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.TokenThrottle"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.Pages",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.errors.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Account Centre API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "ClientKind": "clients.enums.ClientKind",
        "EventKind": "clients.enums.EventKind",
        "Likelihood": "retention.enums.Likelihood.values",
    },
}

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.configure("WARNING" if TESTING else LOG_LEVEL)

if SENTRY_DSN := env.url("SENTRY_DSN", "", schemes=["http", "https"], example="https://key@sentry.example.com/1"):
    logs.send_errors_to(SENTRY_DSN)
