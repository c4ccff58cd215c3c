"""The project of the tests and of the demo."""

from tests import drivers, postgres

drivers.use(drivers.requested())
server = postgres.connection()
database = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": server["dbname"],
    "USER": server["user"],
    "PASSWORD": server["password"],
    "HOST": server["host"],
    "PORT": server["port"],
}
DATABASES = {
    "default": database,
    "other": {**database, "NAME": f"{database['NAME']}_other"},
}

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "pgtrigger",
    "trigger_audit",
    "tests.example",
    "tests.awkward",
    "tests.captured",
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.urls"
SECRET_KEY = "of the tests"
USE_TZ = True
