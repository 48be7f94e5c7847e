"""The least that Falcon can answer: what the server and the framework leave to everybody."""

from typing import Any

from falcon import App, Request, Response


class Hello:
    def on_get(self, _req: Request, resp: Response) -> None:
        resp.media = {"status": "ok"}


app: App[Any, Any] = App()
app.add_route("/hello", Hello())
