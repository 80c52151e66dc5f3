"""The colours of the pages, read from their style sheet, and how far two of them stand out from each other."""

import re

from api.web.pages import STATIC

_SCHEMES = {
    "light": re.compile(r"^:root \{(.*?)\}", re.MULTILINE | re.DOTALL),
    "dark": re.compile(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", re.DOTALL),
}


def colours(scheme: str) -> dict[str, str]:
    """By name, as six hexadecimal digits; what the dark scheme does not name is as in the light one."""
    sheet = (STATIC / "colours.css").read_text("utf-8")
    found = {}
    for name in ("light", scheme):
        block = _SCHEMES[name].search(sheet)
        assert block is not None
        found |= dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", block.group(1)))
    return found


def contrast(one: str, other: str) -> float:
    """The ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)
