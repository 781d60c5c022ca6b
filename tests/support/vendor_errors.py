"""What each vendor documents, or is known to say, when it says no; and what any server may say instead."""

from collections.abc import Mapping
from dataclasses import dataclass

from desk.feeds.failure import Reason
from support.vendor_stub import KEY, told
from support.wire_stub import WireReply, page


@dataclass(frozen=True, slots=True)
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
    Said("401", told({}, 401), "key_refused", wait=600.0),
    Said("429 with seconds", _plain(429, b"slow", retry_after="17"), "limit", wait=17.0),
    Said(
        "429 with a date",
        _plain(429, b"slow", retry_after="Fri, 14 Jun 2024 22:02:00 GMT"),
        "limit",
        wait=120.0,
    ),
    Said("429 without", _plain(429, b"Too Many Requests\r\n"), "limit", wait=60.0),
    Said("429 of a page", page(429), "limit", wait=60.0),
    Said("500", _plain(500, b"oops"), "away"),
    Said("502 of a page", page(502), "away"),
    Said("503 with seconds", _plain(503, b"", retry_after="30"), "away", wait=30.0),
    Said("504", _plain(504, b"upstream"), "away"),
    Said("408", _plain(408, b""), "away"),
    Said("a page with 200", page(), "not_an_answer"),
    Said("nothing with 200", _plain(200, b"", "application/json"), "not_an_answer"),
    Said("text with 200", _plain(200, b"ok"), "not_an_answer"),
    Said(
        "JSON cut off", _plain(200, b'{"chart": {"result": [{"meta": ', "application/json"), "not_an_answer"
    ),
    Said("a number", told(7), "not_an_answer"),
    Said("a word", told("ok"), "not_an_answer"),
    Said("null", told(None), "not_an_answer"),
    Said("an object of others", told({"hello": "world"}), "not_an_answer"),
    Said("deep nesting", _plain(200, b"[" * 100_000, "application/json"), "not_an_answer"),
    Said("a redirect", _plain(302, b"", location="https://consent.example/"), "not_an_answer"),
    Said("a redirect for good", _plain(301, b"", location="/elsewhere"), "not_an_answer"),
    Said("413", _plain(413, b""), "refused"),
    Said("packed otherwise", _plain(200, b"{}", "application/json", content_encoding="br"), "not_an_answer"),
    Said(
        "damaged while packed",
        _plain(200, b"\x1f\x8bnot gzip", "application/json", content_encoding="gzip"),
        "not_an_answer",
    ),
)


def _yahoo(status: int, code: str, said: str, part: str = "chart") -> WireReply:
    return told({part: {"result": None, "error": {"code": code, "description": said}}}, status)


BY_VENDOR: Mapping[str, tuple[Said, ...]] = {
    "yahoo": (
        Said("a crumb is wanted", _yahoo(401, "Unauthorized", "Invalid Crumb", "finance"), "not_allowed"),
        Said(
            "a bad question",
            _yahoo(422, "Unprocessable Entity", "Invalid input - interval=1x is not supported"),
            "refused",
        ),
        Said("down", _yahoo(500, "Internal Server Error", "Our engineers are working"), "away"),
        Said(
            "another name",
            told({"chart": {"result": [{"meta": {"symbol": "TSLA"}}], "error": None}}),
            "not_an_answer",
        ),
        Said(
            "columns of unequal length",
            told(
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
            "not_an_answer",
        ),
    ),
    "alpaca": (
        Said("403 forbidden", told({"message": "forbidden."}, 403), "key_refused", wait=600.0),
        Said(
            "401 by code",
            told({"code": 40110000, "message": "request is not authorized"}, 401),
            "key_refused",
            wait=600.0,
        ),
        Said(
            "the tape is not in the plan",
            told({"message": "subscription does not permit querying recent SIP data"}, 403),
            "not_allowed",
        ),
        Said("422 by code", told({"code": 42210000, "message": "invalid timeframe"}, 422), "refused"),
        Said("400", told({"message": "end should not be before start"}, 400), "refused"),
        Said("404", told({"message": "endpoint not found."}, 404), "refused"),
        Said(
            "429 with a reset",
            told(
                {"message": "too many requests."},
                429,
                x_ratelimit_limit="200",
                x_ratelimit_remaining="0",
                x_ratelimit_reset="1718402425",
            ),
            "limit",
            wait=25.0,
        ),
        Said(
            "a name that was not asked for",
            told({"bars": {"TSLA": [{"t": "2024-06-03T04:00:00Z"}]}, "next_page_token": None}),
            "not_an_answer",
        ),
        Said("a page that leads to itself", told({"bars": {}, "next_page_token": ["x"]}), "not_an_answer"),
    ),
    "alpha_vantage": (
        Said(
            "Note of a minute",
            told(
                {
                    "Note": "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls "
                    "per minute and 500 calls per day. Please visit https://www.alphavantage.co/premium/ if "
                    "you would like to target a higher API call frequency."
                }
            ),
            "limit",
            wait=60.0,
        ),
        Said(
            "Information of a day, with the key in it",
            told(
                {
                    "Information": f"We have detected your API key as {KEY} and our standard API rate limit "
                    "is 25 requests per day. Please subscribe to any of the premium plans at "
                    "https://www.alphavantage.co/premium/ to instantly remove all daily rate limits."
                }
            ),
            "limit",
            wait=6 * 3_600.0,
        ),
        Said(
            "Information of a burst",
            told(
                {
                    "Information": "Thank you for using Alpha Vantage! Please consider spreading out your "
                    "free API requests more sparingly (1 request per second). You may subscribe to any of "
                    "the premium plans to lift the free key rate limit (25 requests per day)."
                }
            ),
            "limit",
            wait=60.0,
        ),
        Said(
            "Information of a premium endpoint",
            told(
                {
                    "Information": "Thank you for using Alpha Vantage! This is a premium endpoint. You may "
                    "subscribe to any of the premium plans to instantly unlock all premium endpoints"
                }
            ),
            "not_allowed",
        ),
        Said(
            "the key of the examples",
            told({"Information": "The **demo** API key is for demo purposes only. Please claim yours"}),
            "key_refused",
            wait=600.0,
        ),
        Said(
            "no key",
            told({"Error Message": "the parameter apikey is invalid or missing."}),
            "key_refused",
            wait=600.0,
        ),
        Said(
            "another name",
            told({"Meta Data": {"2. Symbol": "TSLA"}, "Time Series (Daily)": {}}),
            "not_an_answer",
        ),
        Said(
            "a day that is none",
            told({"Meta Data": {"2. Symbol": "NVDA"}, "Time Series (Daily)": {"yesterday": {}}}),
            "not_an_answer",
        ),
    ),
    "finnhub": (
        Said("403", told({"error": "You don't have access to this resource."}, 403), "not_allowed"),
        Said(
            "429",
            told(
                {"error": "API limit reached. Please try again later. Remaining Limit: 0"},
                429,
                x_ratelimit_remaining="0",
                x_ratelimit_reset="1718402430",
            ),
            "limit",
            wait=30.0,
        ),
        Said("a limit with 200", told({"error": "API limit reached."}), "limit", wait=60.0),
        Said("a wrong key with 200", told({"error": "Please use an API key."}), "key_refused", wait=600.0),
        Said("wrong dates", told({"error": "Invalid date format"}, 422), "refused"),
        Said("a headline without its time", told([{"id": 1, "headline": "x"}]), "not_an_answer"),
    ),
    "fred": (
        Said(
            "a key of another form",
            told(
                {
                    "error_code": 400,
                    "error_message": "Bad Request.  The value for variable api_key is not a 32 character "
                    "alpha-numeric lower-case string.",
                },
                400,
            ),
            "key_refused",
            wait=600.0,
        ),
        Said(
            "429",
            told({"error_code": 429, "error_message": "Too Many Requests.  Exceeded Rate Limit"}, 429),
            "limit",
            wait=60.0,
        ),
        Said("423", told({"error_code": 423, "error_message": "Locked"}, 423), "not_allowed"),
        Said(
            "too many vintages",
            told({"error_code": 400, "error_message": "Bad Request.  Vintage dates exceed 2000."}, 400),
            "refused",
        ),
        Said("500", told({"error_code": 500, "error_message": "Internal Server Error"}, 500), "away"),
        Said(
            "an observation without its day",
            told({"observations": [{"date": "2024-06-11", "value": "1"}]}),
            "not_an_answer",
        ),
    ),
}
