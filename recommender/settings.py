"""The one place that reads the environment. Every variable is documented in `.env.example`."""

import os
import sys
from pathlib import Path
from typing import Any

import dj_database_url
import unfold
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from recommender import embedded, logs

BASE_DIR = Path(__file__).resolve().parent.parent

DEMO_SECRET_KEY = "demo-only-not-for-production-0123456789-abcdefghijklmnop"  # noqa: S105
DEMO_PSEUDONYM_KEY = "demo-only-pseudonym-key-not-for-production-0123456789"


def env_text(name: str, default: str) -> str:
    """The variable, or the default when it's unset or empty."""
    return os.environ.get(name) or default


def env_bool(name: str, *, default: bool) -> bool:
    """A yes or no; anything that is neither is refused."""
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false")


def env_int(name: str, *, default: int) -> int:
    """A whole number."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number") from None


def env_list(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    text = os.environ.get(name, "")
    return [part.strip() for part in text.split(",") if part.strip()] or default


# Demo values are allowed only on a machine that says it isn't production.
PRODUCTION = env_bool("PRODUCTION", default=False)
DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = env_text("SECRET_KEY", DEMO_SECRET_KEY)
PSEUDONYM_KEY = env_text("PSEUDONYM_KEY", DEMO_PSEUDONYM_KEY)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])

if PRODUCTION:
    if SECRET_KEY == DEMO_SECRET_KEY or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("Set SECRET_KEY to a random value of 50 characters or more.")
    if PSEUDONYM_KEY == DEMO_PSEUDONYM_KEY or len(PSEUDONYM_KEY) < 32:
        raise ImproperlyConfigured("Set PSEUDONYM_KEY to a random value of 32 characters or more.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG can't be on in production.")
    if not os.environ.get("DATABASE_URL"):
        raise ImproperlyConfigured("Set DATABASE_URL: the embedded server isn't for production.")

# --- where things live -----------------------------------------------------------------------
STATE_DIR = Path(env_text("STATE_DIR", str(BASE_DIR / "var"))).resolve()
FIXTURES_DIR = BASE_DIR / "fixtures"

# --- what a clinician is sent to -------------------------------------------------------------
LOCAL_PROTOCOL_URL = env_text("LOCAL_PROTOCOL_URL", "")
REVIEW_EXPIRES_DAYS = env_int("REVIEW_EXPIRES_DAYS", default=30)
REVIEW_CHANGE_HOURS = env_int("REVIEW_CHANGE_HOURS", default=24)
PLAN_FIRST = env_bool("PLAN_FIRST", default=False)

DATABASE_URL = os.environ.get("DATABASE_URL", "")
EMBEDDED_DATABASE = not DATABASE_URL
DATABASES: dict[str, Any] = {
    "default": embedded.connection(STATE_DIR)
    if EMBEDDED_DATABASE
    else dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)
}
if EMBEDDED_DATABASE:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)

BROKER_URL = os.environ.get("BROKER_URL", "")
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = (
    (BROKER_URL, {}) if BROKER_URL else embedded.broker_for(DATABASES["default"])
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = env_text("TASK_QUEUE", "recommender")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Remote control needs a queue a worker, named after the host; pgmq allows 47 letters.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(BROKER_URL)

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": STATE_DIR / "uploads"},
    },
    "artifacts": {
        "BACKEND": env_text("ARTIFACT_STORAGE", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": {"location": env_text("ARTIFACT_DIR", str(STATE_DIR / "artifacts"))}
        if not os.environ.get("ARTIFACT_STORAGE")
        else {},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# The files that ship with the packages are served from where they're installed.
STATIC_URL = "/static/"
STATICFILES_DIRS = [
    BASE_DIR / "api" / "pages" / "static",
    BASE_DIR / "recommender" / "admin" / "static",
    # The theme's charts under an address of their own; under its own, for every page, is a stub.
    ("charts", Path(unfold.__path__[0]) / "static" / "unfold" / "js" / "chart"),
]
WHITENOISE_USE_FINDERS = True
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the mapping of a table with hundreds of columns
DATA_UPLOAD_MAX_NUMBER_FILES = 2  # a data set and its mapping
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# --- the application -------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "corsheaders",
    "recommender",
]
UNFOLD = {
    "SITE_TITLE": "Treatment recommender",
    "SITE_HEADER": "Treatment recommender",
    "SITE_SUBHEADER": "It suggests; a clinician decides.",
    "SIDEBAR": {"navigation": "recommender.admin.sidebar.navigation"},
    "DASHBOARD_CALLBACK": "recommender.admin.dashboard.show",
    "SHOW_HISTORY": False,
    # Colours are in a stylesheet; in the page they would need inline styles.
    "COLORS": lambda _request: {},
    "STYLES": [lambda _request: static("recommender_admin/theme.css")],
    "SCRIPTS": [lambda _request: static("recommender_admin/theme.js")],
    # Without one browsers ask for /favicon.ico.
    "SITE_FAVICONS": [{"rel": "icon", "href": lambda _request: "data:,"}],
}
MIDDLEWARE = [
    "api.middleware.request_log",
    "api.middleware.problem_documents",
    "api.middleware.compressed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "api.middleware.content_policy",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "api.urls"
WSGI_APPLICATION = "api.wsgi.application"
ASGI_APPLICATION = "api.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "api" / "pages" / "templates",
            BASE_DIR / "recommender" / "admin" / "templates",
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"recommender_figures": "recommender.admin.figures"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# --- who may come in -------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
CSRF_FAILURE_VIEW = "api.pages.problems.csrf_failure"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 60 * 60
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env_bool("SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- limits ----------------------------------------------------------------------------------
MAX_BODY_BYTES = env_int("MAX_BODY_BYTES", default=1024 * 1024)
# An EHR sends a patient's whole record along.
MAX_CDS_BODY_BYTES = env_int("MAX_CDS_BODY_BYTES", default=4 * 1024 * 1024)
MAX_UPLOAD_BYTES = env_int("MAX_UPLOAD_BYTES", default=512 * 1024 * 1024)
# Django's own limit is the same everywhere; `api.bodies` has kept each address to its own before.
DATA_UPLOAD_MAX_MEMORY_SIZE = max(MAX_BODY_BYTES, MAX_CDS_BODY_BYTES)
# A body must arrive whole within the first; of an upload, something must come within the second.
BODY_SECONDS = env_int("BODY_SECONDS", default=10)
UPLOAD_IDLE_SECONDS = env_int("UPLOAD_IDLE_SECONDS", default=20)
THROTTLE_PER_MINUTE = env_int("THROTTLE_PER_MINUTE", default=6000)
MAX_EVENT_STREAMS = env_int("MAX_EVENT_STREAMS", default=100)
WEB_THREADS = env_int("WEB_THREADS", default=8)
TRAINING_LEASE_SECONDS = env_int("TRAINING_LEASE_SECONDS", default=30)

# --- the programs' door ----------------------------------------------------------------------
METRICS_TOKEN = env_text("METRICS_TOKEN", "")
# Only browsers of registered EHR clients may call, and only the CDS Hooks services; which origins
# those are is in the database (`api.cds_hooks.origins`).
CORS_URLS_REGEX = r"^/cds-services"
CORS_ALLOW_METHODS = ("GET", "POST", "OPTIONS")
CORS_ALLOW_HEADERS = ("authorization", "content-type", "accept")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.TokenAuthentication",
        "api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.RolePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.CallerThrottle"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["api.renderers.JsonRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Treatment recommender",
    "DESCRIPTION": (
        "Ranked therapy suggestions for mental-health care, for review by a clinician. "
        "It suggests; a clinician decides. It is not a medical device until assessed as one."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Words stay written out beside their field.
    "POSTPROCESSING_HOOKS": ["api.schema.add_problems", "api.standards_schema.add_standards"],
}

# --- logs ------------------------------------------------------------------------------------
# A command prints what it does itself; its log lines would only stand between.
AT_A_TERMINAL = Path(sys.argv[0]).name == "manage.py"
LOGGING = logs.configuration(
    level=env_text("LOG_LEVEL", "WARNING" if AT_A_TERMINAL else "INFO").upper(),
    json=env_bool("LOG_JSON", default=True),
)
