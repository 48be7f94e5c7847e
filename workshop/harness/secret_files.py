"""Files with secrets in them."""

from pathlib import Path


def write_secret(path: Path, content: str) -> None:
    """For its owner's eyes only from the start, and whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(content)
    draft.rename(path)
