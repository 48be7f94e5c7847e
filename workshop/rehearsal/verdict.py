"""One figure of a drill, next to the bound it has to keep."""

from typing import Any, NamedTuple


class Verdict(NamedTuple):
    """`measured` is None where it never came."""

    what: str
    measured: float | None
    bound: float
    unit: str = ""

    @property
    def is_kept(self) -> bool:
        return self.measured is not None and self.measured <= self.bound

    @property
    def figure(self) -> str:
        if self.measured is None:
            return "never"
        return f"{self.measured:.1f} {self.unit}" if self.unit else f"{self.measured:g}"

    @property
    def told(self) -> tuple[str, str]:
        """Measured, and the bound."""
        return self.figure, f"{self.bound:g} {self.unit}".strip()

    def as_json(self) -> dict[str, Any]:
        figure = None if self.measured is None else round(self.measured, 2)
        facts = self._asdict() | {"measured": figure}
        return facts | {"figure": self.figure, "kept": self.is_kept}
