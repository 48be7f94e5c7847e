"""Raises what several checks refuse as one, so that a client hears of every fault at once."""

from ostiary.errors import Unacceptable


class Together:
    """Each check runs in a `with` of the same object, and `refuse` follows the last one."""

    def __init__(self) -> None:
        self.refused: list[Unacceptable] = []

    def __enter__(self) -> None:
        """Each check is entered by itself."""

    def __exit__(self, _kind: object, refusal: BaseException | None, _trace: object) -> bool:
        if not isinstance(refusal, Unacceptable):
            return False
        self.refused.append(refusal)
        return True

    def refuse(self) -> None:
        """Raises the only refusal as it was, or `Unacceptable` with the faults of all."""
        if len(self.refused) == 1:
            raise self.refused[0]
        if self.refused:
            raise Unacceptable(*(fault for each in self.refused for fault in each.faults))
