"""The date of birth, asked for where a film needs it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.people import profile
from accounts.people.requests import MemberRequest
from cinema.forms.birthday import BirthdayForm
from cinema.queries import sessions
from cinema.views.refusals import refusal


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def birthday(request: MemberRequest, pk: int) -> HttpResponse:
    """Writes it to the account, and leads back to the seats."""
    session = get_object_or_404(sessions.visible_sessions(request.user), pk=pk)
    if request.method == "POST":
        form = BirthdayForm(request.POST)
        try:
            if not form.is_valid():
                raise ValidationError(form.errors.as_data())
            profile.update(User.objects.get(pk=request.user.pk), **form.cleaned_data)
        except ValidationError as error:
            for sentence in refusal(error).sentences:
                messages.error(request, sentence)
    return redirect("session", session.pk)
