"""People, seller accounts, and the machinery that every page shares. The tables of `orders` live there."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice import practice, roles
from backoffice.crypto import EncryptedField
from backoffice.roles import Role


class SellerAccount(models.Model):
    """One shop at the marketplace: whose orders are mirrored, and with which credentials."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    seller_id = models.CharField(_("seller id"), max_length=32)
    api_url = models.CharField(_("API address"), max_length=300, validators=[practice.http_address])
    token_url = models.CharField(_("token address"), max_length=300, validators=[practice.http_address])
    client_id = models.CharField(_("client id"), max_length=200)
    client_secret = EncryptedField(_("client secret"))
    practice = models.BooleanField(_("practice"), default=False)
    active = models.BooleanField(_("active"), default=True)
    sending = ArrayField(models.CharField(max_length=8), default=list, blank=True)  # the verbs that may leave
    profile = models.JSONField(default=dict, blank=True)  # GET /sellers as read, without the legal information
    profile_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_url", "seller_id"], name="one_account_a_seller"),
            ExclusionConstraint(
                name="an_address_is_real_or_practice",
                expressions=[("api_url", RangeOperators.EQUAL), (Cast("practice", models.IntegerField()), "<>")],
                violation_error_message=_(
                    "Another account has this API address and is practice where this one is not."
                ),
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises WrongAddress before practice could meet the real thing: what is written of it is looked at."""
        written = kwargs.get("update_fields")
        if written is None or {"api_url", "token_url", "practice"} & set(written):
            practice.check(self.api_url, self.token_url, self.practice)
        super().save(*args, **kwargs)


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        accounts = fields.pop("accounts", ())
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.accounts.set(accounts)
        return user


class User(AbstractBaseUser):
    """A person with one role and a scope of accounts; what the role may is the table in `roles.py`."""

    username = models.CharField(_("user name"), max_length=60, unique=True, validators=[RegexValidator(r"^[\w.@+-]+$")])
    name = models.CharField(_("name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    accounts = models.ManyToManyField(SellerAccount, related_name="users", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(null=True, blank=True)
    sessions_valid_from = models.DateTimeField(default=timezone.now)  # older sessions end: role or status changed

    language = models.CharField(
        _("language"), max_length=5, choices=[("en", "English"), ("fr", "Français")], blank=True
    )
    theme = models.CharField(
        _("theme"),
        max_length=6,
        choices=[("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
        blank=True,
    )
    density = models.CharField(
        _("density"),
        max_length=7,
        choices=[("compact", _("Compact")), ("", _("Normal")), ("roomy", _("Roomy"))],
        blank=True,
    )
    shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    sounds = models.BooleanField(_("sounds of the scanner"), default=True, db_default=True)
    # of the orders list: its columns, "" for the usual ones, and the query string of the view last looked at
    columns = models.CharField(max_length=300, blank=True, default="", db_default="")
    last_view = models.TextField(blank=True, default="", db_default="")

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint("email", condition=~Q(email=""), name="one_user_an_email"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="a_known_role"),
        ]
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    @property
    def sees_every_account(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    def scope(self) -> "models.QuerySet[SellerAccount]":
        """The accounts whose orders this person may see; the administrator sees all."""
        return SellerAccount.objects.all() if self.sees_every_account else self.accounts.all()

    @property
    def rights(self) -> frozenset[str]:
        """Every right of this person; none for one who is no longer active."""
        return roles.MAY[Role(self.role)] if self.is_active else frozenset()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in self.rights

    def has_module_perms(self, app_label: str) -> bool:
        return any(right.startswith(f"{app_label}.") for right in self.rights)


class Invitation(models.Model):
    """A single-use link that lets somebody choose a password; only its hash is kept."""

    hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=16, choices=Role.choices)
    accounts = models.ManyToManyField(SellerAccount, blank=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Token(models.Model):
    """The one access token of a client id, shared by all processes; renewed by one of them at a time."""

    client_id = models.CharField(max_length=200)
    token_url = models.CharField(max_length=300)
    access = EncryptedField(blank=True)
    issued_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    renewing_until = models.DateTimeField(null=True)  # the lease of the process that asks for a new one
    requests = models.PositiveIntegerField(default=0)  # how many were asked for, ever
    trouble = models.CharField(max_length=500, blank=True)  # why the last request failed, for the administrator

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "token_url"], name="one_token_a_client")]


class Setting(models.Model):
    """A choice made on the pages: its value replaces the default of `backoffice/shop.py`."""

    key = models.CharField(max_length=60, unique=True)
    value = models.JSONField()
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)


class Lease(models.Model):
    """A job that repeats: when it is due, who runs it, and until when nobody else may; any number may look."""

    name = models.CharField(max_length=80, unique=True)
    due = models.DateTimeField(default=timezone.now)
    holder = models.CharField(max_length=80, blank=True)
    until = models.DateTimeField(null=True)
    epoch = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)  # the last end without an error
    failures = models.PositiveIntegerField(default=0)  # in a row
    trouble = models.CharField(max_length=500, blank=True)


class CallBudget(models.Model):
    """What a client id has spent of its calls: the limiter without Redis, and the hour that the pages show."""

    client_id = models.CharField(max_length=200)
    lane = models.CharField(max_length=10)
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "lane", "minute"], name="one_count_a_minute")]


class Breaker(models.Model):
    """Whether a client id is paused and why: shared by all processes, whatever happens to Redis."""

    client_id = models.CharField(max_length=200, unique=True)
    paused_until = models.DateTimeField(null=True)
    cause = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)
    recent = models.JSONField(default=list)  # the last 20 outcomes, 1 a failure


class Heartbeat(models.Model):
    """A process that lives: `worker:host:pid`, `scheduler:…`, and the canary that went through the broker."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField(default=timezone.now)


class Alert(models.Model):
    """Something a person should know; opens once, closes by itself when its cause has gone."""

    account = models.ForeignKey(SellerAccount, null=True, on_delete=models.CASCADE)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=100, blank=True)
    params = models.JSONField(default=dict)
    opened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)  # when people were written to that it opened
    end_mailed_at = models.DateTimeField(null=True)  # and that it closed; also when there was nothing to write

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "subject"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="one_open_alert",
            )
        ]


class AccessLog(models.Model):
    """Who looked at which order's personal data, when, from which view; kept 12 months."""

    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    username = models.CharField(max_length=60)
    account = models.ForeignKey(SellerAccount, null=True, on_delete=models.SET_NULL)
    subject = models.CharField(max_length=64, blank=True)  # the number of the order
    view = models.CharField(max_length=60)

    class Meta:
        indexes = [
            models.Index(fields=["account", "subject"]),
            models.Index(fields=["at"]),
            models.Index(fields=["username", "-id"], name="accesslog_username"),
        ]


class SavedView(models.Model):
    """A list's address with a name: for the one who keeps it, for a role, or for everybody."""

    class Audience(models.TextChoices):
        OWNER = "", _("Only me")
        WAREHOUSE = Role.WAREHOUSE.value, Role.WAREHOUSE.label
        SUPPORT = Role.SUPPORT.value, Role.SUPPORT.label
        MANAGER = Role.MANAGER.value, Role.MANAGER.label
        ADMINISTRATOR = Role.ADMINISTRATOR.value, Role.ADMINISTRATOR.label
        EVERYBODY = "everybody", _("Everybody")

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(_("name"), max_length=60)
    address = models.TextField()  # the query string of the list, as `orders.filters.address` writes it
    audience = models.CharField(_("for"), max_length=16, choices=Audience.choices, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_a_name")]
        indexes = [models.Index(fields=["audience"])]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """A file of rows that somebody asked for; the row stays for 24 months as the note of who exported what and why."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be written")
        RUNNING = "running", _("Being written")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Could not be written")
        ENDED = "ended", _("Deleted")

    class Trouble(models.TextChoices):
        ROWS = "rows"  # more than a workbook holds
        STUCK = "stuck"  # it came no further in several turns

    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="exports")
    username = models.CharField(max_length=60)
    source = models.CharField(max_length=20)  # of `exports.SOURCES`
    title = models.CharField(max_length=200)  # which rows, in words
    wishes = models.JSONField(default=dict)  # what the source needs to know; forgotten with the file
    kind = models.CharField(max_length=4)  # csv, xlsx
    mark = models.BooleanField(default=True)  # a CSV that says it is UTF-8
    personal = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    trouble = models.CharField(max_length=8, choices=Trouble.choices, blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(default=0)  # turns in a row that came no further
    rows = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    place = models.CharField(max_length=200, blank=True, default="", db_default="")  # of the source: behind `rows`
    gathered = models.PositiveBigIntegerField(default=0, db_default=0)  # bytes of `file` that hold them
    size = models.PositiveBigIntegerField(default=0)
    file = models.CharField(max_length=80, blank=True)  # its name in DATA_DIR/exports; while it is written, of its rows
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-id"], name="export_owner"),
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="export_due"),
        ]

    def __str__(self) -> str:
        return self.title


class Act(models.Model):
    """What a person changed of people, accounts or the shop: only added to, and sealed (`sealing.py`)."""

    class About(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        USER = "user", _("Person")
        ACCOUNT = "account", _("Seller account")
        SHOP = "shop", _("Shop")

    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=60, blank=True)  # "": at the command line of the server
    about = models.CharField(max_length=10, choices=About.choices)
    subject = models.CharField(max_length=254, blank=True)  # whose or which
    shifts = models.JSONField(default=dict)  # field → [before, after] as stored; null for what is new, or a secret

    class Meta:
        indexes = [models.Index(fields=["username"], name="act_person")]

    def __str__(self) -> str:
        return f"{self.about} {self.subject}"


class Seal(models.Model):
    """A hash over some rows of an audit journal and over the seal before it; written by `sealing.py` alone."""

    journal = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    first_row = models.BigIntegerField()
    last_row = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    columns = ArrayField(models.CharField(max_length=40))  # what was sealed of each row, beside its id
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "number"], name="one_seal_a_number")]
