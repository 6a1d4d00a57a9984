# SPDX-License-Identifier: BSD-3-Clause
"""Looks at a page with a headless Chromium, as wide as a desk and as a phone,
light and dark: nothing may be cut or stand over the edge, text must stand out
from what is behind it, and the console stays empty. Then prints it from both, as
PDF, which must not differ. report-look.py CHROMIUM PAGE FOLDER, where FOLDER
gets the screenshots."""
import html
import json
import os
import re
import subprocess
import sys
import zlib

# The window of a headless Chromium is never as narrow as a phone; a frame is.
LOOK = """<!DOCTYPE html><body style="margin:0"><iframe id="frame" src="%s"
style="border:0;display:block;width:%dpx;height:%dpx"></iframe><pre id="seen"></pre><script>
function luminance(color) {
    const parts = color.slice(0, 3).map(part => part / 255).map(part =>
        part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
function read(text) { return text.match(/[\\d.]+/g).map(Number); }
function contrast(one, other) {
    const a = luminance(one), b = luminance(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
function behind(view, element) {
    for (; element; element = element.parentElement) {
        const color = read(view.getComputedStyle(element).backgroundColor);
        if (color.length < 4 || color[3] === 1)
            return color;
    }
    return [255, 255, 255];
}
function name(element) {
    return element.tagName + (element.id && '#' + element.id) + ' ' +
        element.textContent.trim().slice(0, 40);
}
onload = () => {
    const view = frame.contentWindow, page = frame.contentDocument;
    const root = page.scrollingElement, seen = {over: [], cut: [], faint: [], small: []};
    page.querySelectorAll('details').forEach(details => details.open = %s);
    seen.scroll = root.scrollWidth;
    seen.width = root.clientWidth;
    seen.height = root.scrollHeight;
    let n = 0;
    for (const element of page.body.querySelectorAll('*')) {
        const box = element.getBoundingClientRect();
        if (element.closest('thead') && view.getComputedStyle(element.closest('thead')).position === 'absolute')
            continue;
        if (box.width === 0 || element.namespaceURI.endsWith('svg') && element.tagName !== 'svg')
            continue;
        if (box.right > root.clientWidth + 1 || box.left < -1)
            seen.over.push(name(element));
        if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
            seen.cut.push(name(element));
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || element.tagName === 'svg')
            continue;
        n++;
        const style = view.getComputedStyle(element);
        if (contrast(read(style.color), behind(view, element)) < 4.5)
            seen.faint.push(name(element) + ' ' + style.color);
        if (parseFloat(style.fontSize) < 10)
            seen.small.push(name(element));
    }
    for (const element of page.querySelectorAll('svg .up, svg .down')) {
        if (contrast(read(view.getComputedStyle(element).fill), behind(view, element.closest('td,figure,section'))) < 3)
            seen.faint.push('a bar');
    }
    seen.texts = n;
    seen.paper = luminance(behind(view, page.body));
    document.getElementById('seen').textContent = JSON.stringify(seen);
};
</script></body>"""

chromium, page, folder = sys.argv[1], os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
work = os.path.join(folder, "look.html")
mistakes = []


def run(dark, *arguments):
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--allow-file-access-from-files", "--enable-logging=stderr", "--hide-scrollbars",
         "--user-data-dir=" + os.path.join(folder, "profile"),
         "--blink-settings=preferredColorScheme=%d" % (0 if dark else 1), *arguments],
        capture_output=True, timeout=120, check=False)
    noise = done.stderr.decode("utf-8", "replace")
    for line in noise.splitlines():
        if "CONSOLE" in line:
            mistakes.append("the console says: " + line)
    if done.returncode != 0:
        sys.exit("report-look.py: chromium ended with %d: %s" % (done.returncode, noise[-2000:]))
    return done.stdout.decode("utf-8", "replace")


def wrap(width, height, is_open):
    with open(work, "w", encoding="utf-8") as stream:
        stream.write(LOOK % ("file://" + page, width, height, is_open))


def look(width, dark, height):
    wrap(width, height, "true")
    where = "%d pixels, %s" % (width, "dark" if dark else "light")
    found = re.search(r'<pre id="seen">([^<]+)</pre>', run(dark, "--window-size=%d,900" % max(width, 500),
                                                          "--dump-dom", "file://" + work))
    if found is None:
        sys.exit("\n".join([*mistakes, "report-look.py: %s: the page was not looked at" % where]))
    seen = json.loads(html.unescape(found.group(1)))
    if seen["scroll"] > seen["width"] or seen["width"] != width:
        mistakes.append("%s: the page is %d wide, its window %d" % (where, seen["scroll"], seen["width"]))
    for what, text in (("over", "stands over the edge"), ("cut", "is cut"), ("faint", "does not stand out"),
                       ("small", "is too small")):
        for name in seen[what][:5]:
            mistakes.append("%s: %s: %s" % (where, text, name))
    if seen["texts"] < 200:
        mistakes.append("%s: there are %d texts only" % (where, seen["texts"]))
    if (seen["paper"] < 0.2) != dark:
        mistakes.append("%s: the page is not %s" % (where, "dark" if dark else "light"))
    return seen["height"]


def picture(width, dark, height):
    name = os.path.join(folder, "%d-%s.png" % (width, "dark" if dark else "light"))
    wrap(width, height, "false")
    run(dark, "--window-size=%d,%d" % (max(width, 500), height), "--screenshot=" + name, "file://" + work)
    with open(name, "rb") as stream:
        if stream.read(8) != b"\x89PNG\r\n\x1a\n":
            mistakes.append(name + ": is no picture")


def printed(dark):
    """What is drawn on each page."""
    name = os.path.join(folder, "%s.pdf" % ("dark" if dark else "light"))
    run(dark, "--no-pdf-header-footer", "--print-to-pdf=" + name, "file://" + page)
    with open(name, "rb") as stream:
        data = stream.read()
    drawn = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            text = zlib.decompress(found.group(1))
        except zlib.error:
            continue
        if re.search(rb"^[\d. -]+ re$", text, re.MULTILINE):
            drawn.append(text)
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    if not data.startswith(b"%PDF") or pages < 3:
        mistakes.append("%s: has %d pages" % (name, pages))
    return drawn


for width in 1280, 768, 390:
    for dark in False, True:
        height = look(width, dark, 900)
        if width != 768:
            picture(width, dark, min(height, 6000))
light, dark = printed(False), printed(True)
if not light or light != dark:
    mistakes.append("paper is not the same for those who see the page dark")
if mistakes:
    sys.exit("\n".join(mistakes))
