"""Files that browsers may keep for a while."""

from pathlib import Path

from falcon import Request, Response

FIVE_MINUTES = "public, max-age=300"


class Stylesheet:
    def on_get(self, _req: Request, resp: Response) -> None:
        send_file(resp, Path(__file__).parent / "ostiary.css", "text/css; charset=utf-8")


def send_file(resp: Response, path: Path, content_type: str) -> None:
    resp.content_type = content_type
    resp.set_header("Cache-Control", FIVE_MINUTES)
    resp.data = path.read_bytes()
