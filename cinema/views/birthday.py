"""The date of birth, for films with an age limit."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.people import profile
from accounts.people.requests import MemberRequest
from cinema.forms.birthday import BirthdayForm
from cinema.queries import sessions
from common.refusals import REFUSALS, show_refusal


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def save_date_of_birth(request: MemberRequest, pk: int) -> HttpResponse:
    """Save the date of birth to the account, and redirect to the session."""
    session = get_object_or_404(sessions.readable_sessions(request.user), pk=pk)
    if request.method == "POST":
        form = BirthdayForm(request.POST)
        try:
            if not form.is_valid():
                raise ValidationError(form.errors.as_data())
            profile.update_profile(User.objects.get(pk=request.user.pk), **form.cleaned_data)
        except REFUSALS as error:
            show_refusal(request, error)
    return redirect("session", session.pk)
