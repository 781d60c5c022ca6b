"""What each vendor documents, or is known to say, when it says no; and what any server may say instead."""

from collections.abc import Mapping
from dataclasses import dataclass

from desk.feeds.failure import Reason
from support.vendor_stub import KEY, told
from support.wire_stub import WireReply, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer that is none, and what it has to be taken for."""

    label: str
    reply: WireReply
    reason: Reason
    wait: float = 0.0


def _plain(status: int, body: bytes, kind: str = "text/plain", **headers: str) -> WireReply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WireReply(status=status, body=body, content_type=kind, headers=named)


ANYWHERE = (
    Said(label="401", reply=told({}, 401), reason="key_refused", wait=600.0),
    Said(label="429 with seconds", reply=_plain(429, b"slow", retry_after="17"), reason="limit", wait=17.0),
    Said(
        label="429 with a date",
        reply=_plain(429, b"slow", retry_after="Fri, 14 Jun 2024 22:02:00 GMT"),
        reason="limit",
        wait=120.0,
    ),
    Said(label="429 without", reply=_plain(429, b"Too Many Requests\r\n"), reason="limit", wait=60.0),
    Said(label="429 of a page", reply=page(429), reason="limit", wait=60.0),
    Said(label="500", reply=_plain(500, b"oops"), reason="away"),
    Said(label="502 of a page", reply=page(502), reason="away"),
    Said(label="503 with seconds", reply=_plain(503, b"", retry_after="30"), reason="away", wait=30.0),
    Said(label="504", reply=_plain(504, b"upstream"), reason="away"),
    Said(label="408", reply=_plain(408, b""), reason="away"),
    Said(label="a page with 200", reply=page(), reason="not_an_answer"),
    Said(label="nothing with 200", reply=_plain(200, b"", "application/json"), reason="not_an_answer"),
    Said(label="text with 200", reply=_plain(200, b"ok"), reason="not_an_answer"),
    Said(
        label="JSON cut off",
        reply=_plain(200, b'{"chart": {"result": [{"meta": ', "application/json"),
        reason="not_an_answer",
    ),
    Said(label="a number", reply=told(7), reason="not_an_answer"),
    Said(label="a word", reply=told("ok"), reason="not_an_answer"),
    Said(label="null", reply=told(None), reason="not_an_answer"),
    Said(label="an object of others", reply=told({"hello": "world"}), reason="not_an_answer"),
    Said(
        label="deep nesting",
        reply=_plain(200, b"[" * 100_000, "application/json"),
        reason="not_an_answer",
    ),
    Said(
        label="a redirect",
        reply=_plain(302, b"", location="https://consent.example/"),
        reason="not_an_answer",
    ),
    Said(label="a redirect for good", reply=_plain(301, b"", location="/elsewhere"), reason="not_an_answer"),
    Said(label="413", reply=_plain(413, b""), reason="refused"),
    Said(
        label="packed otherwise",
        reply=_plain(200, b"{}", "application/json", content_encoding="br"),
        reason="not_an_answer",
    ),
    Said(
        label="damaged while packed",
        reply=_plain(200, b"\x1f\x8bnot gzip", "application/json", content_encoding="gzip"),
        reason="not_an_answer",
    ),
)


def _yahoo(status: int, code: str, said: str, part: str = "chart") -> WireReply:
    return told({part: {"result": None, "error": {"code": code, "description": said}}}, status)


BY_VENDOR: Mapping[str, tuple[Said, ...]] = {
    "yahoo": (
        Said(
            label="a crumb is wanted",
            reply=_yahoo(401, "Unauthorized", "Invalid Crumb", "finance"),
            reason="not_allowed",
        ),
        Said(
            label="a bad question",
            reply=_yahoo(422, "Unprocessable Entity", "Invalid input - interval=1x is not supported"),
            reason="refused",
        ),
        Said(
            label="down",
            reply=_yahoo(500, "Internal Server Error", "Our engineers are working"),
            reason="away",
        ),
        Said(
            label="another name",
            reply=told({"chart": {"result": [{"meta": {"symbol": "TSLA"}}], "error": None}}),
            reason="not_an_answer",
        ),
        Said(
            label="columns of unequal length",
            reply=told(
                {
                    "chart": {
                        "result": [
                            {
                                "meta": {"symbol": "NVDA"},
                                "timestamp": [1, 2],
                                "indicators": {"quote": [{"open": [1.0]}]},
                            }
                        ]
                    }
                }
            ),
            reason="not_an_answer",
        ),
    ),
    "alpaca": (
        Said(
            label="403 forbidden",
            reply=told({"message": "forbidden."}, 403),
            reason="key_refused",
            wait=600.0,
        ),
        Said(
            label="401 by code",
            reply=told({"code": 40110000, "message": "request is not authorized"}, 401),
            reason="key_refused",
            wait=600.0,
        ),
        Said(
            label="the tape is not in the plan",
            reply=told({"message": "subscription does not permit querying recent SIP data"}, 403),
            reason="not_allowed",
        ),
        Said(
            label="422 by code",
            reply=told({"code": 42210000, "message": "invalid timeframe"}, 422),
            reason="refused",
        ),
        Said(label="400", reply=told({"message": "end should not be before start"}, 400), reason="refused"),
        Said(label="404", reply=told({"message": "endpoint not found."}, 404), reason="refused"),
        Said(
            label="429 with a reset",
            reply=told(
                {"message": "too many requests."},
                429,
                x_ratelimit_limit="200",
                x_ratelimit_remaining="0",
                x_ratelimit_reset="1718402425",
            ),
            reason="limit",
            wait=25.0,
        ),
        Said(
            label="a name that was not asked for",
            reply=told({"bars": {"TSLA": [{"t": "2024-06-03T04:00:00Z"}]}, "next_page_token": None}),
            reason="not_an_answer",
        ),
        Said(
            label="a page that leads to itself",
            reply=told({"bars": {}, "next_page_token": ["x"]}),
            reason="not_an_answer",
        ),
    ),
    "alpha_vantage": (
        Said(
            label="Note of a minute",
            reply=told(
                {
                    "Note": "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls "
                    "per minute and 500 calls per day. Please visit https://www.alphavantage.co/premium/ if "
                    "you would like to target a higher API call frequency."
                }
            ),
            reason="limit",
            wait=60.0,
        ),
        Said(
            label="Information of a day, with the key in it",
            reply=told(
                {
                    "Information": f"We have detected your API key as {KEY} and our standard API rate limit "
                    "is 25 requests per day. Please subscribe to any of the premium plans at "
                    "https://www.alphavantage.co/premium/ to instantly remove all daily rate limits."
                }
            ),
            reason="limit",
            wait=6 * 3_600.0,
        ),
        Said(
            label="Information of a burst",
            reply=told(
                {
                    "Information": "Thank you for using Alpha Vantage! Please consider spreading out your "
                    "free API requests more sparingly (1 request per second). You may subscribe to any of "
                    "the premium plans to lift the free key rate limit (25 requests per day)."
                }
            ),
            reason="limit",
            wait=60.0,
        ),
        Said(
            label="Information of a premium endpoint",
            reply=told(
                {
                    "Information": "Thank you for using Alpha Vantage! This is a premium endpoint. You may "
                    "subscribe to any of the premium plans to instantly unlock all premium endpoints"
                }
            ),
            reason="not_allowed",
        ),
        Said(
            label="the key of the examples",
            reply=told({"Information": "The **demo** API key is for demo purposes only. Please claim yours"}),
            reason="key_refused",
            wait=600.0,
        ),
        Said(
            label="no key",
            reply=told({"Error Message": "the parameter apikey is invalid or missing."}),
            reason="key_refused",
            wait=600.0,
        ),
        Said(
            label="another name",
            reply=told({"Meta Data": {"2. Symbol": "TSLA"}, "Time Series (Daily)": {}}),
            reason="not_an_answer",
        ),
        Said(
            label="a day that is none",
            reply=told({"Meta Data": {"2. Symbol": "NVDA"}, "Time Series (Daily)": {"yesterday": {}}}),
            reason="not_an_answer",
        ),
    ),
    "finnhub": (
        Said(
            label="403",
            reply=told({"error": "You don't have access to this resource."}, 403),
            reason="not_allowed",
        ),
        Said(
            label="429",
            reply=told(
                {"error": "API limit reached. Please try again later. Remaining Limit: 0"},
                429,
                x_ratelimit_remaining="0",
                x_ratelimit_reset="1718402430",
            ),
            reason="limit",
            wait=30.0,
        ),
        Said(
            label="a limit with 200",
            reply=told({"error": "API limit reached."}),
            reason="limit",
            wait=60.0,
        ),
        Said(
            label="a wrong key with 200",
            reply=told({"error": "Please use an API key."}),
            reason="key_refused",
            wait=600.0,
        ),
        Said(label="wrong dates", reply=told({"error": "Invalid date format"}, 422), reason="refused"),
        Said(
            label="a headline without its time",
            reply=told([{"id": 1, "headline": "x"}]),
            reason="not_an_answer",
        ),
    ),
    "fred": (
        Said(
            label="a key of another form",
            reply=told(
                {
                    "error_code": 400,
                    "error_message": "Bad Request.  The value for variable api_key is not a 32 character "
                    "alpha-numeric lower-case string.",
                },
                400,
            ),
            reason="key_refused",
            wait=600.0,
        ),
        Said(
            label="429",
            reply=told({"error_code": 429, "error_message": "Too Many Requests.  Exceeded Rate Limit"}, 429),
            reason="limit",
            wait=60.0,
        ),
        Said(
            label="423",
            reply=told({"error_code": 423, "error_message": "Locked"}, 423),
            reason="not_allowed",
        ),
        Said(
            label="too many vintages",
            reply=told({"error_code": 400, "error_message": "Bad Request.  Vintage dates exceed 2000."}, 400),
            reason="refused",
        ),
        Said(
            label="500",
            reply=told({"error_code": 500, "error_message": "Internal Server Error"}, 500),
            reason="away",
        ),
        Said(
            label="an observation without its day",
            reply=told({"observations": [{"date": "2024-06-11", "value": "1"}]}),
            reason="not_an_answer",
        ),
    ),
}
