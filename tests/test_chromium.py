"""The browser that other tests look at pages with: what it says of a right page, and of a wrong one."""

from chromium import PHONE, opened


def page(folder, body):
    path = folder / "page.html"
    path.write_text(f'<!doctype html><html lang="en"><title>A page</title><main>{body}</main></html>')
    return path


def test_a_plain_page_has_nothing_to_tell(browser, tmp_path):
    with opened(browser, page(tmp_path, "<h1>Loss</h1>"), PHONE) as seen:
        assert (seen.errors, seen.overflow(), seen.violations()) == ([], 0, {})
        assert [url.partition(":")[0] for url in seen.requests] == ["file"]


def test_what_is_wrong_with_a_page_is_told(browser, tmp_path):
    body = '<h1 style="width: 900px">Loss</h1><img src="missing.png"><script>nonsense()</script>'
    with opened(browser, page(tmp_path, body), PHONE) as seen:
        assert any("nonsense" in error for error in seen.errors)
        assert len(seen.requests) == 2
        assert seen.overflow() > 0
        assert "image-alt" in seen.violations()


def test_dark_and_print_are_what_the_page_is_told(browser, tmp_path):
    dark, in_print = "(prefers-color-scheme: dark) { h1 { color: red } }", "print { h1 { display: none } }"
    path = page(tmp_path, f"<style>@media {dark} @media {in_print}</style><h1>Loss</h1>")
    color = "getComputedStyle(document.querySelector('h1')).color"
    with opened(browser, path, dark=True) as dark, opened(browser, path) as light:
        assert dark.page.evaluate(color) != light.page.evaluate(color)
    with opened(browser, path, media="print") as printed:
        assert not printed.page.is_visible("h1")
