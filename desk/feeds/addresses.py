"""One article, one address: what stays of a URL once everything is gone that does not say which article."""

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

LONGEST = 2048
"""Characters; what is longer is no address of an article."""
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|hsa|ga|guce|soc|vero|oly|wt|itm|at|cx)_.*"
    r"|(?:gcl|dcl|fbcl|msclk|ycl|twcl|ttcl|li_fat_|igsh|s_c|ic|nc|mc_c|mc_e|_hsm)id"
    r"|gbraid|wbraid|igsh|cmpid|cmp|ncid|guccounter|__twitter_impression|_ga|_gl|_hsenc|mkt_tok"
    r"|ref|ref_src|ref_url|referrer|referer|reflink|rss|rpc|feedtype|feedname|partner|smid|smtyp|smprod"
    r"|tsrc|\.tsrc|yptr|src|source|via|mod|sh|spm|share|sharetype|taid|siteid|amp|outputtype|usqp|fr"
)
"""Names of parameters that say where a reader came from, never which article it is."""
_AMP_CACHE = re.compile(r"/(?:[acivr]/)?(?:s/)?(?P<rest>[^/]+\.[^/]+/.*)")
_AMP_VIEWER = re.compile(r"/amp/(?:s/)?(?P<rest>[^/]+\.[^/]+/.*)")
_SIDE_DOORS = re.compile(r"^(?:(?:www\d?|m|mobile|amp)\.)+(?=[^.]+\.[^.])")
_LEADING_AMP = re.compile(r"^/amp(?=/)")
_TRAILING_AMP = re.compile(r"(?:/amp|\.amp)(?=/?$|\.html?$)")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$")
_SAFE = "/:@!$&'()*+,;=-._~"


def canonical_url(url: str) -> str | None:
    """Return the address by which an article is known, None where a text is no address of an article.

    Two addresses of one article come out alike whatever scheme, `www.`, phone or AMP page, default port,
    tracking parameter, fragment or trailing slash they have. A front page is no article. Never raises.
    """
    parts = _split(url)
    if parts is None:
        return None
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if (cached := _behind_amp(host, parts.path)) is not None:
        inner = f"https://{cached}?{parts.query}" if parts.query else f"https://{cached}"
        return canonical_url(inner)
    host = _SIDE_DOORS.sub("", host)
    path, query = _path(parts.path), _query(parts.query)
    if "." not in host or (not path and not query):
        return None
    door = f":{port}" if port not in (None, 80, 443) else ""
    return f"https://{host}{door}{path}{f'?{query}' if query else ''}"


def _split(url: str) -> SplitResult | None:
    text = url.strip()
    if not text or len(text) > LONGEST or any(c.isspace() or not c.isprintable() for c in text):
        return None
    try:
        parts = urlsplit(text if "://" in text else f"https://{text.removeprefix('//')}")
    except ValueError:
        return None
    return parts if parts.scheme.casefold() in {"http", "https"} and parts.hostname else None


def _behind_amp(host: str, path: str) -> str | None:
    """Return the address that a page of Google's AMP viewer or cache stands for."""
    if host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org":
        match = _AMP_CACHE.fullmatch(path)
    elif re.fullmatch(r"(?:www\.)?google\.[a-z.]+", host):
        match = _AMP_VIEWER.fullmatch(path)
    else:
        return None
    return match["rest"] if match is not None else None


def _path(path: str) -> str:
    plain = re.sub(r"/{2,}", "/", quote(unquote(path, errors="replace"), safe=_SAFE))
    while True:
        shorter = _TRAILING_AMP.sub("", _LEADING_AMP.sub("", _INDEX.sub("", plain))).rstrip("/")
        if shorter == plain:
            return plain
        plain = shorter


def _query(query: str) -> str:
    named = parse_qsl(query, keep_blank_values=False)
    kept = sorted({(name, value) for name, value in named if not _TRACKING.fullmatch(name.casefold())})
    return urlencode(kept)
