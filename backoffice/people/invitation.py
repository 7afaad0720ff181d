"""The page behind an invitation's link: choose a user name and a password, once."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from backoffice.people import invitations
from backoffice.people.forms import Accept, ChoosePassword


@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """A link that was used, or has ended, answers 410 and says whom to ask."""
    try:
        found = invitations.opened(token)
    except invitations.Used:
        return render(request, "account/invitation_ended.html", status=410)
    known = invitations.invited(found)
    sent = request.POST if request.method == "POST" else None
    form = ChoosePassword(sent, user=known) if known else Accept(sent)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            with transaction.atomic():
                invitations.accept(
                    token,
                    username=chosen.get("username", ""),
                    name=chosen.get("name", ""),
                    password=chosen["password"],
                )
        except invitations.Used:
            return render(request, "account/invitation_ended.html", status=410)
        except IntegrityError:  # somebody took the name in this moment
            form.add_error("username", ValidationError(_("This user name is taken. Choose another.")))
        else:
            return HttpResponseRedirect(f"{reverse('account_login')}?why=password")
    context = {"form": form, "invitation": found, "known": known}
    return render(request, "account/invitation.html", context, status=422 if form.errors else 200)
