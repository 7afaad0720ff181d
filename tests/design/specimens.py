"""A small site of specimens for the frame: a list, a dialog with its four faces, a region that fails."""

import time

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from backoffice import errors, styleguide

NAMES = ("specimen", "dialog", "region")  # they need rows in the table of rights

PAGE = """
{% extends "base.html" %}
{% block title %}Specimen{% endblock %}
{% block heading %}Specimen{% endblock %}
{% block actions %}
  <a class="button" id="slow" href="/dialog/?wait=1" hx-get="/dialog/?wait=1" hx-target="#dialog">Slow</a>
  <a class="button" id="refused" href="/dialog/?face=409" hx-get="/dialog/?face=409" hx-target="#dialog">Refused</a>
  <a class="button" id="silent" href="/dialog/?face=503" hx-get="/dialog/?face=503" hx-target="#dialog">Silent</a>
  <a class="button primary" id="open" href="/dialog/" hx-get="/dialog/" hx-target="#dialog" data-key="c">Cancel</a>
{% endblock %}
{% block content %}
  <section id="region" hx-get="/region/" hx-trigger="look from:body" hx-swap="outerHTML">
    <h2>Region</h2>
    <a id="broken" href="/region/?broken" hx-get="/region/?broken" hx-target="#region" hx-swap="outerHTML">break</a>
    <a id="denied" href="/region/?denied" hx-get="/region/?denied" hx-target="#region" hx-swap="outerHTML">deny</a>
    <a id="swap" href="/region/" hx-get="/region/" hx-target="#region" hx-swap="outerHTML">swap</a>
    <a class="lost" href="/region/" hx-get="/region/" hx-target="#region" hx-swap="outerHTML">lost</a>
    <time id="due" datetime="{{ due }}" data-relative="deadline" data-level="soon">in 1 min</time>
    {% number "25353454709" copy=True %}
  </section>
  <table class="table rows">
    <caption>Rows</caption>
    <tbody>
      {% for row in "12345" %}
        <tr id="row-{{ row }}">
          <td class="pick"><input type="checkbox" data-select aria-label="{{ row }}"></td>
          <th scope="row"><a href="?row={{ row }}" data-row>Row {{ row }}</a></th>
        </tr>
      {% endfor %}
    </tbody>
  </table>
{% endblock %}
"""
FACE = """
<section class="face">
  <div class="face-head">
    <h2 tabindex="-1">Cancel lines</h2>
    <button type="button" class="button quiet square" data-close aria-label="Close">{% icon "cross" %}</button>
  </div>
  <form method="post" action="/dialog/" hx-post="/dialog/" hx-target="#dialog">
    {% csrf_token %}
    <div class="face-body">
      {% if wrong %}<div class="banner" data-tone="danger" data-summary tabindex="-1">Say why.</div>{% endif %}
      <div class="field"><label for="why">Why</label><input id="why" name="why" value="{{ why }}"></div>
    </div>
    <div class="face-foot"><button class="button danger filled" id="send">Cancel 2 lines</button></div>
  </form>
</section>
"""
REGION = '<section id="region"><h2>Region anew</h2><a id="swap" href="/region/">swap</a></section>'
sent: list[str] = []


def made(request: HttpRequest, source: str, status: int = 200, **context: object) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(source).render(context, request), status=status)


def specimen(request: HttpRequest) -> HttpResponse:
    return made(request, PAGE, due=request.GET.get("due", ""))


def dialog(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        why = request.POST["why"]
        if not why:
            return made(request, FACE, status=422, wrong=True)
        time.sleep(0.2)
        sent.append(why)
        return HttpResponse(status=204, headers={"HX-Trigger": '{"toast": "Asked", "look": ""}'})
    time.sleep(float(request.GET.get("wait", "0")))
    face = request.GET.get("face")
    if face == "409":
        refusal = '{% include "components/face_refusal.html" with heading="Ship" reason="Not approved." back="/" %}'
        return made(request, refusal, status=409)
    if face == "503":
        silence = '{% include "components/face_silent.html" with heading="Ship" again="/dialog/" back="/" %}'
        return made(request, silence, status=503)
    return made(request, FACE)


def region(request: HttpRequest) -> HttpResponse:
    if "broken" in request.GET:
        return errors.broken(request)
    if "denied" in request.GET:
        raise PermissionDenied
    return HttpResponse(REGION)


urlpatterns = [
    path("specimen/", specimen, name="specimen"),
    path("dialog/", dialog, name="dialog"),
    path("region/", region, name="region"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("", include("backoffice.urls")),
]
handler403 = "backoffice.errors.forbidden"
handler404 = "backoffice.errors.not_found"
handler500 = "backoffice.errors.broken"
