"""The page of notifications, and the link in mails that ends them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries
from accounts.models import Notification
from accounts.notifications import read_marks, unsubscribe_links
from accounts.people import preferences
from accounts.people.requests import MemberRequest

ON_PAGE = 30


@login_required
@require_safe
def list_page(request: MemberRequest) -> HttpResponse:
    page = Paginator(queries.notifications_of(request.user), ON_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "total": page.paginator.count,
        "newest": max((notification.pk for notification in page), default=0),
        "confirmed": queries.is_confirmed(request.user),
    }
    return render(request, "accounts/notifications/list.html", context)


@login_required
@require_safe
def follow(request: MemberRequest, pk: int) -> HttpResponse:
    """Mark the notification as read and redirect to its link."""
    notification = _own_or_404(request, pk)
    try:
        read_marks.mark_read(notification)
    except Notification.DoesNotExist as error:  # deleted at this moment
        raise Http404 from error
    return redirect(notification.link)


@login_required
@require_POST
def mark(request: MemberRequest, pk: int) -> HttpResponse:
    """Mark one as read, or as unread when `read` is "no"."""
    notification = _own_or_404(request, pk)
    act = read_marks.mark_unread if request.POST.get("read") == "no" else read_marks.mark_read
    try:
        act(notification)
    except Notification.DoesNotExist as error:  # deleted at this moment
        raise Http404 from error
    return _back(request)


@login_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    """Mark those up to `up_to` as read, the newest on the page that was shown, or all."""
    up_to = request.POST.get("up_to", "")
    is_valid = up_to.isascii() and up_to.isdigit() and len(up_to) <= 18
    read = read_marks.mark_all_read(request.user, up_to=int(up_to) if is_valid else None)
    messages.success(request, "All notifications are marked as read." if read else "You have no unread notifications.")
    return _back(request)


def _own_or_404(request: MemberRequest, pk: int) -> Notification:
    return get_object_or_404(queries.notifications_of(request.user), pk=pk)


def _back(request: HttpRequest) -> HttpResponse:
    """Redirect to the page of the list that the form was on."""
    url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return redirect("notifications")
    return redirect(url)


# Mail programs post here by themselves (RFC 8058), without a cookie or a CSRF token.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page on GET, which changes nothing because link scanners open every link; unsubscribe on POST."""
    user = unsubscribe_links.find_user(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        preferences.unsubscribe(user)
    return render(request, "accounts/notifications/unsubscribe.html", {"done": request.method == "POST"})
