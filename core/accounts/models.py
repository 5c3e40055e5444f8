"""Who: people, projects, roles, invitations, sign-in links, tokens, the audit trail."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import project_key


class UserManager(BaseUserManager["User"]):
    """Makes people; an address is kept in lower case, so that one person is one row."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A saved user; without a password the account can be entered by a sign-in link only."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    # Empty: the language that the browser asks for.
    language = models.CharField(max_length=16, blank=True, default="", db_default="")
    # Whether single keys act on the rating page, and which act otherwise than by default: see annotate/keymap.py.
    single_keys = models.BooleanField(default=True, db_default=True)
    keys = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    is_active = models.BooleanField(default=True)
    # Part of every session's hash: raising it ends all of the person's sessions at once, whatever stores them.
    session_epoch = models.IntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django asks this method for the hash under the current key and under each fallback key.
        value = f"{self.password}{self.session_epoch}"
        return salted_hmac("core.accounts.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class Project(models.Model):
    """The workspace that scopes everything. `key_encrypted` holds the project's HMAC key, see `projects.py`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    key_encrypted = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    ML_LEAD = "ml_lead", _("ML lead")
    REVIEWER = "reviewer", _("reviewer")
    EXPERT = "expert", _("expert")
    RATER = "rater", _("rater")
    VOLUNTEER = "volunteer", _("volunteer")


class Membership(models.Model):
    """One role of one person in one project; several roles are several rows. Ended, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "user", "role"), name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Invitation(models.Model):
    """A single-use link, bound to an address and a role. Only the digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    digest = models.BinaryField(unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("project", "email", "role"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_email_lower"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role"),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.role}"


class SignInLink(models.Model):
    """A one-time link that signs its person in. Only the digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sign-in link {self.id}"


class Scope(models.TextChoices):
    """What a token may be used for; it also needs the rights of whoever made it."""

    READ = "read", _("read campaigns, comparisons, judgments, imports, exports and jobs")
    IMPORT = "import", _("import comparisons")
    EXPORT = "export", _("export preference data and download the files")
    LABEL = "label", _("ask raters for work: file label requests, open and pause campaigns")
    INGEST = "ingest", _("send events of live experiments, and ask who is in which arm")


class Token(models.Model):
    """A program's way in, bound to one project. Only the digest of its secret is kept; `prefix` is how it begins."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(unique=True)
    scopes = ArrayField(models.TextField())
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            project_key("token"),
            models.UniqueConstraint(
                fields=("project", "name"), condition=models.Q(revoked_at=None), name="token_name_once"
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=Scope.values) & ~models.Q(scopes=[]), name="token_scopes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class Webhook(models.Model):
    """Where a project's events are posted, and the secret that signs them, encrypted; one of each project.

    `last_said` is what became of the last delivery: empty before the first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="+")
    url = models.TextField()
    secret_encrypted = models.BinaryField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(null=True)
    last_said = models.CharField(max_length=200, default="", blank=True)
    last_good = models.BooleanField(default=True)

    class Meta:
        constraints = [project_key("webhook")]

    def __str__(self) -> str:
        return f"webhook of {self.project_id}"


class AuditHead(models.Model):
    """Where a trail ends, kept beside it: without it, cutting off the newest events would leave a sound chain.

    `seal` is keyed like the events' hashes, so a head cannot be made up to fit a shorter trail.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    seal = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project",), name="audit_head_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"ends at {self.seq}"


class AuditEvent(models.Model):
    """What was done, by whom, hash-chained within its project (project NULL: the installation).

    `who` is the id of a user without a foreign key: erasing a person must not need a change of this table.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, null=True, on_delete=models.DO_NOTHING, related_name="+")
    seq = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())
    who = models.UUIDField(null=True)
    verb = models.TextField()
    object = models.TextField(default="")
    data = models.JSONField(default=dict)
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "seq"), name="audit_seq", nulls_distinct=False),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"
