"""Why the development servers cannot run, in words for the person who started them."""


class CannotStart(Exception):
    """Shown to the developer as it is: it says what is wrong and what to do about it."""
