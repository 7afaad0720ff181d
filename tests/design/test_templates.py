"""Every template is fit for the strict policy, asks for icons that exist, and speaks through the catalogue."""

import re
from collections.abc import Callable

import pytest
from django.template import engines
from django.template.loader import get_template

from tests.design.places import ROOT, SCRIPTS, STATIC, TEMPLATES

TEXTS = {str(path.relative_to(ROOT / "templates")): path.read_text() for path in TEMPLATES}


def faults(find: Callable[[str], object]) -> dict[str, object]:
    """What a rule finds wrong, by template; one test a rule, since there are hundreds of templates."""
    return {name: found for name, text in TEXTS.items() if (found := find(text))}


def test_nothing_inline_runs_or_paints():
    def inline(text: str) -> list[str]:
        tags = re.findall(r"<[a-z][^>]*>", re.sub(r"\{[{%#].*?[}%#]\}", "", text, flags=re.DOTALL), re.IGNORECASE)
        acting = [tag for tag in tags if re.search(r"\s(?:style|on\w+|hx-on\S*)\s*=", tag, re.IGNORECASE)]
        scripts = [tag for tag in tags if re.match(r"<script(?![^>]*\ssrc=)", tag, re.IGNORECASE)]
        return [*acting, *scripts, *re.findall(r"<style|javascript:|hx-(?:vals|vars|headers)=[\"']js:", text)]

    assert inline('<p style="x"><p onclick=y><script>z</script><style>') != []
    assert faults(inline) == {}


def test_nothing_escapes_the_escaping():
    assert faults(re.compile(r"\|\s*(?:safe|safeseq)\b|autoescape off").findall) == {}


def test_nothing_is_loaded_from_elsewhere():
    assert faults(re.compile(r"(?:src|href)=[\"'](?:https?:)?//").findall) == {}


def test_every_icon_is_drawn():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))

    assert faults(lambda text: set(re.findall(r"\{% icon \"([\w-]+)\"", text)) - drawn) == {}


def test_links_to_another_window_tell_nothing_about_us():
    opened = re.compile(r"<a\b[^>]*target=\"_blank\"[^>]*>")

    assert faults(lambda text: [tag for tag in opened.findall(text) if 'rel="noopener noreferrer"' not in tag]) == {}


def test_every_template_can_be_read():
    for name in TEXTS:
        assert get_template(name)  # a tag that is unknown, or not closed, raises and names it


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_stay_within_the_policy(script):
    text = script.read_text()

    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write", text)
    assert len(text.splitlines()) < 200


def test_every_word_a_script_uses_is_given():
    used = {word for path in SCRIPTS for word in re.findall(r"\bwords\.(\w+)", path.read_text())}
    html = engines["django"].from_string("<template{% script_words %}></template>").render({})
    given = {re.sub(r"-(\w)", lambda m: m[1].upper(), name) for name in re.findall(r"data-([\w-]+)=", html)}

    assert used - given == set()
    assert "inMin" in given


def test_a_menu_of_htmx_is_set_as_the_security_list_says():
    html = engines["django"].from_string("{% htmx_config as c %}{{ c }}").render({}).replace("&quot;", '"')

    for setting in (
        '"allowEval": false',
        '"defaultSettleDelay": 0',
        '"attributesToSettle": ["class", "width", "height"]',
        '"includeIndicatorStyles": false',
        '"selfRequestsOnly": true',
        '"historyCacheSize": 0',
        '"historyRestoreAsHxRequest": false',
        '"code": "(409|422|503)", "swap": true',
    ):
        assert setting in html
