"""A small piece of real work for the library that a stream of quotes needs."""


def begins_a_handshake() -> None:
    from websockets.client import ClientProtocol
    from websockets.uri import parse_uri

    assert ClientProtocol(parse_uri("ws://127.0.0.1/")).connect().headers["Upgrade"] == "websocket"
